import { expect, it } from "vitest";
import { isHardware } from "./gpu.ts";

it.each([
  ["ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0)", true],
  ["ANGLE (Apple, ANGLE Metal Renderer: Apple M2, Unspecified Version)", true],
  ["Mesa Intel(R) UHD Graphics 620 (KBL GT2)", true],
  ["Adreno (TM) 640", true],
  ["ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)", false],
  ["llvmpipe (LLVM 15.0.6, 256 bits)", false],
  ["ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0)", false],
  ["Apple Software Renderer", false],
  ["", false],
  [null, false],
])("%s is hardware: %s", (renderer, wanted) => expect(isHardware(renderer)).toBe(wanted));
