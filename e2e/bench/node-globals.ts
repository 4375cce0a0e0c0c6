// dev-tunnels expects some of Node's globals, and asks for them while it loads: so this file is imported before it.

import { Buffer } from "buffer/";

Object.assign(globalThis, { Buffer, global: globalThis, process: { env: {}, nextTick: queueMicrotask } });
