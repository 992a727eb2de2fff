/** A number for a project, see `projectOf`: no key is in shared memory. Never 0. */
export function projectNumber(project: string): number {
  let number = 7;
  for (let index = 0; index < project.length; index += 1) {
    number = (Math.imul(number, 31) + project.charCodeAt(index)) | 0;
  }
  return number || 1;
}
