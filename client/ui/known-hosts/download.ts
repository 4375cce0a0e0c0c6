/** Hands a file to the person, made here: nothing leaves the machine. */
export function download(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // After the click has been taken up; the browser keeps what it is writing.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
