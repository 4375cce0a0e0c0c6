import { expect, it, vi } from "vitest";
import { NO_CHOICES } from "../knownhosts/claim.ts";
import type { ConnectRequest, RemoteConnectionEvents } from "../switchboard/remote-connection.ts";
import { destination, size } from "../ui/scripted-app.ts";
import { locked } from "./web-lock.ts";

const request: ConnectRequest = {
  destination,
  legacy: false,
  trust: NO_CHOICES,
  relay: { url: "wss://relay.example/relay", token: undefined, grant: undefined },
  size,
};

function setUp(locks: () => LockManager | undefined) {
  let given: RemoteConnectionEvents | undefined;
  const closed = vi.fn();
  const connect = vi.fn((_: ConnectRequest, events: RemoteConnectionEvents) => {
    given = events;
    return {} as never;
  });
  locked(connect, locks)(request, { closed } as unknown as RemoteConnectionEvents);
  return { closed, connect, end: () => given?.closed(undefined, undefined) };
}

it("holds a lock of its own from the beginning of a connection to its end", async () => {
  const held: Promise<unknown>[] = [];
  const names: string[] = [];
  const locks = {
    request: async (name: string, hold: () => Promise<unknown>) => {
      names.push(name);
      held.push(hold());
    },
  } as unknown as LockManager;
  const first = setUp(() => locks);
  setUp(() => locks);
  expect(new Set(names).size).toBe(2);
  expect(names[0]).toMatch(/^periwinkle-[0-9a-f-]{36}$/);
  let over = false;
  const ending = held[0]?.then(() => {
    over = true;
  });
  await Promise.resolve();
  expect(over).toBe(false);
  first.end();
  await ending;
  expect(first.closed).toHaveBeenCalledOnce();
});

it.each<[string, () => LockManager | undefined]>([
  ["are not there", () => undefined],
  ["are denied at once", () => ({ request: () => Promise.reject(new Error("denied")) }) as unknown as LockManager],
  [
    "cannot even be asked",
    () => {
      throw new Error("denied");
    },
  ],
])("connects all the same where locks %s", (_, locks) => {
  const { connect, closed, end } = setUp(locks);
  expect(connect).toHaveBeenCalledOnce();
  end();
  expect(closed).toHaveBeenCalledOnce();
});
