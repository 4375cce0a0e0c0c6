// What a page's author, the relay's operator and a backend write down to embed a terminal. Texts only; whatever is put into
// them is escaped for where it stands.

import { GRANT_TYPE } from "../../../shared/grant.ts";
import { formatTarget } from "../../../shared/target.ts";
import { NEWEST, RELEASES } from "../embed/releases.ts";
import { attribute, script } from "./escape.ts";

export interface Embedding {
  /** Address of the relay's pages, with a slash at its end. */
  readonly relay: string;
  readonly host: string;
  readonly port: number;
  /** Empty: the person is asked. */
  readonly user: string;
  readonly pins: readonly string[];
  readonly theme: "auto" | "light" | "dark";
  readonly fontSize: number | undefined;
  /** Of the page that embeds. */
  readonly origin: string;
  /** Does the page's backend sign grants? Otherwise the operator opens the target. */
  readonly grants: boolean;
}

const SANDBOX =
  "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads allow-modals";
const ALLOW = "clipboard-read; clipboard-write; publickey-credentials-get; storage-access; loopback-network";

const FETCH_GRANT = `async (wanted) => {
    const response = await fetch("/terminal-grant", { method: "POST", body: JSON.stringify(wanted) });
    return response.text();
  }`;

const versioned = (relay: string): string => `${relay}embed/${NEWEST}/embed.js`;

function lines(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join("\n");
}

export function elementSnippet({ relay, host, port, user, pins, theme, fontSize, grants }: Embedding): string {
  const place = [`host=${attribute(host)}`];
  if (port !== 22) place.push(`port=${attribute(String(port))}`);
  if (user !== "") place.push(`user=${attribute(user)}`);
  const looks = [];
  if (theme !== "auto") looks.push(`theme=${attribute(theme)}`);
  if (fontSize !== undefined) looks.push(`font-size=${attribute(String(fontSize))}`);
  const rest = [pins.length > 0 && `pins=${attribute(pins.join(" "))}`, looks.length > 0 && looks.join(" ")];
  const element = [place.join(" "), ...rest.filter((part) => part !== false)].join("\n  ");
  return lines(
    `<script type="module" crossorigin src=${attribute(versioned(relay))}`,
    `  integrity=${attribute(RELEASES[NEWEST])}></script>`,
    `<periwinkle-terminal ${element}></periwinkle-terminal>`,
    grants &&
      lines(
        `<script type="module">`,
        `  document.querySelector("periwinkle-terminal").grant = ${FETCH_GRANT};`,
        `</script>`,
      ),
  );
}

export function moduleSnippet({ relay, host, port, user, pins, theme, fontSize, grants }: Embedding): string {
  const settings = {
    host,
    ...(port !== 22 && { port }),
    ...(user !== "" && { user }),
    ...(pins.length > 0 && { pins }),
    ...(theme !== "auto" && { theme }),
    ...(fontSize !== undefined && { fontSize }),
  };
  return lines(
    `<script type="module">`,
    `  import ${script(versioned(relay))};`,
    ``,
    `  const terminal = document.createElement("periwinkle-terminal");`,
    `  Object.assign(terminal, {`,
    ...Object.entries(settings).map(([name, value]) => `    ${name}: ${script(value)},`),
    `  });`,
    grants && `  terminal.grant = ${FETCH_GRANT};`,
    `  terminal.addEventListener("connected", ({ detail }) => console.log(detail.hostKeyFingerprint));`,
    `  terminal.addEventListener("closed", ({ detail }) => console.log(detail.code, detail.sentence));`,
    `  document.body.append(terminal);`,
    `</script>`,
  );
}

export function frameSnippet({ relay, host, port, user, pins, grants }: Embedding): string {
  const suggestion = {
    type: "connect",
    host,
    ...(port !== 22 && { port }),
    ...(user !== "" && { user }),
    ...(pins.length > 0 && { pins }),
  };
  return lines(
    `<iframe id="terminal" title=${attribute(`Terminal: ${host}`)} width="720" height="420" referrerpolicy="no-referrer"`,
    `  sandbox=${attribute(SANDBOX)}`,
    `  allow=${attribute(ALLOW)}></iframe>`,
    `<script type="module">`,
    `  const frame = document.getElementById("terminal");`,
    `  const widget = new URL(${script(`${relay}widget.html`)});`,
    `  frame.addEventListener("load", () => {`,
    `    const { port1, port2 } = new MessageChannel();`,
    `    port1.onmessage = ({ data }) => {`,
    `      if (data.type === "ready") port1.postMessage(${script(suggestion)});`,
    grants && `      else if (data.type === "needsGrant") sendGrant(data, port1);`,
    `      else console.log(data);`,
    `    };`,
    `    frame.contentWindow.postMessage({ periwinkle: [1] }, widget.origin, [port2]);`,
    `  });`,
    `  frame.src = widget.href;`,
    grants &&
      lines(
        ``,
        `  async function sendGrant({ host, port, user }, widget) {`,
        `    const body = JSON.stringify({ host, port, user });`,
        `    const response = await fetch("/terminal-grant", { method: "POST", body });`,
        `    widget.postMessage({ type: "grant", grant: await response.text() });`,
        `  }`,
      ),
    `</script>`,
  );
}

/** The part of the relay's configuration file that lets the page embed. */
export function operatorSnippet({ host, port, origin, grants }: Embedding): string {
  const open = !grants && `, "open": ${JSON.stringify([formatTarget({ host, port })])}`;
  return lines(
    `{`,
    `  "embed": [{ "origin": ${JSON.stringify(origin)}${open || ""} }]${grants ? "," : ""}`,
    grants && `  "grant-key": ["platform.pem"]`,
    `}`,
  );
}

/** The page's backend, in Node. The private key's other half is the operator's. */
export function backendSnippet({ host, port, user, pins, origin }: Embedding): string {
  const claims = {
    host: script(host),
    port: String(port),
    user: user === "" ? undefined : script(user),
    origin: script(origin),
    ...(pins.length > 0 && { pins: script(pins) }),
  };
  return lines(
    `// openssl genpkey -algorithm ed25519 -out platform.key`,
    `// openssl pkey -in platform.key -pubout -out platform.pem`,
    `import { createPrivateKey, randomUUID } from "node:crypto";`,
    `import { readFileSync } from "node:fs";`,
    `import { SignJWT } from "jose";`,
    ``,
    `const key = createPrivateKey(readFileSync("platform.key"));`,
    ``,
    `/** For somebody who is logged in at your site and may use this target; nobody else may get one. */`,
    `export function grant(${user === "" ? "user" : ""}) {`,
    `  const claims = {`,
    ...Object.entries(claims).map(([name, value]) => `    ${value === undefined ? name : `${name}: ${value}`},`),
    `  };`,
    `  return new SignJWT(claims)`,
    `    .setProtectedHeader({ alg: "EdDSA", typ: ${script(GRANT_TYPE)} })`,
    `    .setJti(randomUUID())`,
    `    .setExpirationTime("2 minutes")`,
    `    .sign(key);`,
    `}`,
  );
}
