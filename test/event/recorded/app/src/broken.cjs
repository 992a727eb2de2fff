'use strict';

function total() {
  let sum = ;
}
