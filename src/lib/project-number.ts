/** A number that stands for a project in shared memory, so that no key is there. Never 0. */
export function projectNumber(project: string): number {
  let number = 7;
  for (let index = 0; index < project.length; index += 1) {
    number = (Math.imul(number, 31) + project.charCodeAt(index)) | 0;
  }
  return number || 1;
}
