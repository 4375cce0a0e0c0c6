// Says in a sentence what an old Node would say in a stack trace. Written so that an old Node can run it.
const wanted = [20, 19];
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(
    `Periwinkle needs Node ${wanted.join(".")} or newer; this is ${process.versions.node}. Install a current Node and try again.`,
  );
  process.exit(1);
}
