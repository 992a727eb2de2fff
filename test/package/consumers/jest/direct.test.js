const errsight = require('errsight');

test('captures arrive', async () => {
  errsight.init({ captureUncaught: false });
  errsight.withScope((scope) => {
    scope.setTag('runner', 'jest');
    errsight.captureException(new TypeError('captured in Jest'));
  });
  expect(await errsight.flush()).toBe(true);
  expect(errsight.stats()).toMatchObject({ accepted: 1, delivered: 1 });
  expect(await errsight.close()).toBe(true);
});
