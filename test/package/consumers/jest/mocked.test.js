const { captureException } = require('errsight');

jest.mock('errsight');

test('errsight can be mocked', () => {
  const error = new TypeError('never sent');
  captureException(error, { tags: { runner: 'jest' } });
  expect(captureException).toHaveBeenCalledTimes(1);
  expect(captureException).toHaveBeenCalledWith(error, { tags: { runner: 'jest' } });
});
