// The playground's entry. It needs the relay's settings and nothing else.

import "../../ui/style.css";
import "./playground.css";
import { render } from "preact";
import { loadConfig } from "../../ui/surroundings.ts";
import { Playground } from "./playground.tsx";
import { Unavailable } from "./unavailable.tsx";

const root = document.getElementById("app");
if (root) {
  const config = await loadConfig();
  const relay = new URL(".", location.href).href;
  render(config ? <Playground relay={relay} config={config} /> : <Unavailable />, root);
}
