import { describe, expect, it } from "vitest";
import { fromBase64 } from "../bytes/base64.ts";
import { randomart } from "./randomart.ts";

const BLOB = fromBase64("AAAAC3NzaC1lZDI1NTE5AAAAIFOG6kY7Rf4UtCFvPwKgo/BztXck2xC4a2WyA34XtIwZ") ?? new Uint8Array(0);

// More keys are compared with what the real tool draws in ssh-keygen.test.ts.
describe("randomart", () => {
  it("is the picture of ssh-keygen -lv", () => {
    expect(randomart(BLOB).split("\n")).toEqual([
      "+--[ED25519 256]--+",
      "|       ... .. oo.|",
      "|      .   o .o ..|",
      "|       o o o.  ..|",
      "|      . + .. . o.|",
      "|       .S.. . B o|",
      "|        .o.+ o @.|",
      "|       .o.o.*  .O|",
      "|        o= ..+ .B|",
      "|       o*o  o.E==|",
      "+----[SHA256]-----+",
    ]);
  });

  it("of something that is no key is refused", () => {
    expect(() => randomart(BLOB.subarray(1))).toThrow(expect.objectContaining({ code: "key-format" }));
  });
});
