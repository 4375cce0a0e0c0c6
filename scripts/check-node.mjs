// Says in a sentence what an old Node would say in a stack trace. Written so that an old Node can run it.

/** What Vite 8 needs: 20.19 and its followers, 22.12 and its followers, and all from 23 on. Takes "22.12.0". */
export function supports(version) {
  var parts = version.split(".").map(Number);
  var major = parts[0];
  var minor = parts[1];
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}

if (!supports(process.versions.node)) {
  console.error(
    "Periwinkle needs Node 20.19 or newer of the 20s, or 22.12 or newer; this is " +
      process.versions.node +
      ". Install a current Node and try again.",
  );
  process.exit(1);
}
