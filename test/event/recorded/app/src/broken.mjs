export function total() {
  let sum = ;
}
