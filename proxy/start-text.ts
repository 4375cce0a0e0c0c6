// What a person reads after the start: where to go, and how to log in to the demo.

import type { HostPort } from "./addresses.ts";
import type { Relay } from "./relay.ts";

export function formatAddress({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function formatStart(relay: Relay, wanted: HostPort): string {
  const { demo } = relay;
  const lines = [
    ...(relay.moved ? [`${formatAddress(wanted)} is taken by another program, so this is another port.`, ""] : []),
    "Periwinkle is ready. Open this address in a browser:",
    "",
    `  ${relay.url}`,
    "",
    ...(relay.demoProblem === undefined ? [] : [relay.demoProblem, ""]),
    ...(demo
      ? [
          "To try it without an SSH server of your own, log in to the demo (a real shell of this machine):",
          "",
          `  Host       ${demo.host}`,
          `  Port       ${demo.port}`,
          `  User name  ${demo.user}`,
          `  Password   ${demo.password}`,
          "",
        ]
      : []),
    "Ctrl+C stops it.",
  ];
  return `${lines.join("\n")}\n`;
}
