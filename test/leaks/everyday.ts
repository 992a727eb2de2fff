/**
 * Everyday texts with a secret, one a line: `§` is the secret, and ends of lines are written as in JSON.
 * Nothing of it leaves, in no encoding. Whoever finds another one adds a line.
 */
const SIGNS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

export const EVERYDAY: readonly string[] = linesOf(`
db:\\n  host: x\\n  password: §\\n
"password": §
password: >-\\n  §\\nother: 1
{host: x, password: §, port: 1}
password: !!str §
password: &pw §
[db]\\npassword = "§"\\n
db.password = '§'
password=   §
password:§
spring.datasource.password=§
{"query":"mutation($p:String!){login(password:$p)}","variables":{"password":"§"}}
login(input: {email: "a", password: "§"})
Invalid \`prisma.user.create()\` invocation:\\n{\\n  data: {\\n    email: "a",\\n    passwordHash: "§",\\n    ~~~~\\n  }\\n}
{"\\\\u0070assword":"§"}
body={"user":"a","password":"§"} status=400
payload: { "password" : "§" }
[["Authorization","§"],["host","x"]]
['Host','x','X-Api-Key','§']
{"pin": §}
<login><user>a</user><password>§</password></login>
<db host='x' password='§'/>
<password><![CDATA[§]]></password>
<wsse:Password Type="x#PasswordText">§</wsse:Password>
<param name="password"><value>§</value></param>
<key>password</key>\\n<string>§</string>
<entry key="db.password">§</entry>
<property><name>javax.jdo.option.ConnectionPassword</name><value>§</value></property>
<input type="password" value="§">
<meta name="csrf-token" content="§">
<input value="§" name="password">
------x\\r\\nContent-Disposition: form-data; name="password"\\r\\n\\r\\n§\\r\\n------x--
mysqldump --password § db
mysql -u root -p§ db
sshpass -p § ssh host
psql "host=x password=§ user=y"
gh auth --token=§
gh auth --token="§"
curl -u ada:§ https://x
curl --user ada:§ https://x
curl -uada:§ https://x
curl -H "X-Api-Key: §" https://x
curl -H 'Authorization: Token §' https://x
curl --header="Authorization: §" https://x
docker run -e DB_PASSWORD=§ img
docker build --build-arg NPM_TOKEN=§ .
tool.exe /password:§ /v
net use z: \\\\\\\\host /user:ada /pass:§
tool --pass §
plink -pw § host
redis-cli -a § ping
openssl rsa -passin pass:§ -in x
spawn tool ["--api-key","§"]
java -Ddb.password=§ -jar x
//registry.npmjs.org/:_authToken=§
_auth=§
machine x login ada password §
CREATE USER a IDENTIFIED BY '§'
ALTER ROLE a WITH PASSWORD '§'
ALTER ROLE a WITH ENCRYPTED PASSWORD '§'
SET PASSWORD FOR 'a'@'%' = PASSWORD('§')
SET PASSWORD = '§'
SELECT * FROM u WHERE email='a' AND password='§'
SELECT * FROM u WHERE "api_key" = '§'
UPDATE u SET \`password\`='§' WHERE id=1
UPDATE u SET [Password]='§'
UPDATE u SET Password=N'§'
INSERT INTO u(email,password) VALUES('a','§')
INSERT INTO \`u\` (\`email\`, \`password\`) VALUES ('a', '§')
INSERT INTO u SET email='a', password='§'
REPLACE INTO u (token, id) VALUES ("§", 1)
INSERT INTO t (id) VALUES (1) ON DUPLICATE KEY UPDATE token='§'
WHERE token IN ('§', 'b')
WHERE token <> '§'
WHERE password = crypt('§', gen_salt('bf'))
SET password = digest('§', 'sha256')
PASSWORD '§' VALID UNTIL 'x'
https://x/a?token=§
https://x/login?next=https%3A%2F%2Fy%2Fcb%3Faccess_token%3D§%26x%3D1
https://x/login?next=https%253A%252F%252Fy%252Fcb%253Faccess_token%253D§
https://x/#access_token=§&token_type=bearer
https://x/a;jsessionid=§?b=1
/a?user[password]=§
/a?user%5Bpassword%5D=§
https://ada:§@x.example/
https://§@github.com/a/b
https://x-access-token:§@github.com/a/b.git
mongodb+srv://ada:§@cluster0.x.mongodb.net/app?retryWrites=true
mongodb://ada:§@a:27017,b:27017/app
amqps://ada:§@rabbit/vhost
smtps://ada%40x.example:§@mail.x.example:465
jdbc:postgresql://h/db?user=a&password=§
jdbc:oracle:thin:ada/§@host:1521/db
jdbc:sqlserver://h;user=sa;password=§;encrypt=true
https://aaaaaaaa§@o1.ingest.example/42
ada:§@tcp(127.0.0.1:3306)/db
Server=x;Database=y;User Id=z;Password=§;
Driver={x};Server=y;Uid=z;Pwd=§;
DefaultEndpointsProtocol=https;AccountName=a;AccountKey=§==;EndpointSuffix=x
Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=§=
https://a.blob.core.windows.net/c?sv=2020&sig=§%3D
cache.redis.cache.windows.net:6380,password=§,ssl=True
Password="§ x";Server=y
host=x user=y password='§ z' dbname=q
export API_KEY='§'
set DB_PASSWORD=§
$env:DB_PASSWORD = "§"
set -x API_KEY §
ENV DB_PASSWORD §
setenv API_KEY §
SECRET="§#x" # comment
X-API-Key: §\\nAccept: */*
Authorization: Digest username="a", response="§", nonce="§"
Authorization: AWS4-HMAC-SHA256 Credential=AKID/x, SignedHeaders=host, Signature=§
Set-Cookie: connect.sid=§; Path=/; HttpOnly
set-cookie: ['a=§; Path=/', 'b=§']
Authorization: ApiKey §
Authorization: §
"authorization":"Bearer §"
authorization => Bearer §
[authorization: Bearer §]
> Authorization: Bearer §\\r\\n> Accept: */*
> authorization: bearer §
"GET /a?api_key=§ HTTP/1.1" 200
{'password': '§', 'a': None}
connect(host='x', password='§')
Config(user='a', password='§')
{'password': b'§'}
password=f"§"
{:password=>"§", :a=>1}
{password: "§", a: 1}
#<User id: 1, password: "§">
["password"]=>\\n  string(13) "§"
Array\\n(\\n    [password] => §\\n)
a:1:{s:8:"password";s:13:"§";}
User(name=a, password=§)
User{name='a', password='§'}
{Name:a Password:§ Age:3}
main.Cfg{Name:"a", Password:"§"}
Config { user: "a", password: "§" }
Config { password: Some("§") }
Login { User = a, Password = § }
["password": "§"]
%{password: "§"}
{:password "§", :a 1}
(password "§")
level=error password="§ x" a=1
user.password=§ a=1
user=a|password=§|x=1
| password | § |
password：§
password＝§
password "§" was rejected
Invalid password '§' for user ada
API key '§' is invalid
login failed with password=§, user=a
bearer §
BEARER §
"Bearer §"
Bearer=§
Bearer: §
Bearer%20§
Authorization=Bearer+§
Bearer §~x/y+z==
https://hooks.slack.com/services/T00000000/B00000000/§
hooks.slack.com/services/T00000000/B00000000/§
https://discordapp.com/api/webhooks/123456789/§
https://canary.discord.com/api/webhooks/123456789/§
https://x.webhook.office.com/webhookb2/§@a/IncomingWebhook/b/c
key: "-----BEGIN PRIVATE KEY-----\\\\n§\\\\n-----END PRIVATE KEY-----\\\\n"
-----BEGIN EC PRIVATE KEY-----\\n§
MII§\\n-----END RSA PRIVATE KEY-----
{ name: 'api_key', value: '§' }
{"key":"Authorization","value":"§"}
{"k":"password","v":"§"}
{"id":"password","val":"§"}
{"Name":"DB_PASSWORD","Value":"§"}
{"name":"session","value":"§","domain":"x"}
[{"type":"field","value":"§","msg":"Invalid","path":"password","location":"body"}]
[{"code":"custom","path":["password"],"message":"bad","input":"§"}]
"password" with value "§" fails to match
Path \`password\` (\`§\`) is shorter
E11000 duplicate key error collection: a.u index: token_1 dup key: { token: "§" }
Duplicate entry '§' for key 'users.token_unique'
Duplicate entry '§' for key 'token'
At path: password -- Expected a string with a length, but received: §
Cookie: a=1; session=§; b=2
{ cookies: { theme: 'dark', sid: '§' } }
ReplyError: ERR AUTH <password> called: AUTH §
"AUTH" "§"
CONFIG SET requirepass §
a1 LOGIN ada §
/msg NickServ IDENTIFY §
kind: Secret\\ndata:\\n  password: §
helm install --set auth.password=§ x
--set 'db.password=§'
password = "§"
-var="db_password=§"
fatal: unable to access 'https://ada:§@github.com/a/b.git/'
aws_secret_access_key = §
?X-Amz-Signature=§&X-Amz-Security-Token=§
{"private_key_id":"§","private_key":"§"}
passwords: ["§","b"]
passwords:\\n  - §\\n  - b
userPassword=§
MY_APP_JWT_SECRET: §
__session=§
{&quot;password&quot;:&quot;§&quot;}
{&#34;password&#34;:&#34;§&#34;}
window.token = "§"
password: \`§\`
password: string = "§"
const apiKey = env.API_KEY ?? "§"
setPassword("§")
password="""§"""
mot de passe : §
密码：§
WHERE u.password LIKE BINARY '§'
env: [{name: API_TOKEN, value: §}]
az login -u ada -p §
zip -P § a.zip
ssh-keygen -N "§"
kubectl create secret generic x --from-literal=password=§
otpauth://totp/x?secret=§&issuer=y
PGPASSWORD='§' psql
EXEC x @pwd = N'§'
db.users.updateOne({}, { $set: { "auth.token": "§" } })
<Credential name="ApiKey" secret="§"/>
https://x/?redirect=%2Fa%3Fapi_key%3D§
sqlserver://h:1433;database=d;user=sa;password=§;encrypt=true
PASSWORD?=§
PASSWORD:=§
const { password = '§' } = opts
os.environ["DB_PASSWORD"] = "§"
request.headers["x-api-key"] = "§"
Authorization: Bearer\\t§
<Password value="§"/>
`);

/** What people say of a secret: one that has letters and digits is none of their words. */
export const SPOKEN: readonly string[] = linesOf(`
password\\t§
password — §
password - §
password -> §
the password is §
Password was: §
token "§" not found
Invalid token (§)
Incorrect API key provided: §
sessionId § expired
Your verification code is §
`);

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\\([nrt\\])/g, (_, sign: string) => SIGNS[sign] ?? sign));
}
