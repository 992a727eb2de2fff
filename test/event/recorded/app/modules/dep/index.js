'use strict';

function check(value) {
  if (value < 0) throw new RangeError(`${value} is too small`); // at: check
  return value;
}

function each(values, action) {
  return values.map((value) => { // at: each
    return action(value); // at: -
  });
}

class Checker {
  check(value) {
    return check(value); // at: check
  }
}

exports.check = check;
exports.each = each;
exports.Checker = Checker;
