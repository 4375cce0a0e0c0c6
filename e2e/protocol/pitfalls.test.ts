// Which test proves which pitfall of the engine notes (section 3), which of the seven things the seed gets wrong (1.0), and
// which requirement of the security notes (2.1, 2.2). A test that is renamed or gone is missed here.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** File without its `.test.ts`, and words of the title. */
type Proof = readonly [file: string, title: string];
/** Or the issue that brings what is to be tested. */
type Later = { readonly later: string };

const transport = (title: string): Proof =>
  title.startsWith("R-") ? ["e2e/protocol/hostile-requirements", title] : ["e2e/protocol/hostile-transport", title];
const channels = (title: string): Proof => ["e2e/protocol/hostile-channels", title];
const floods = (title: string): Proof => ["e2e/scripted/floods.ts", title];

const SEED: Readonly<Record<number, readonly Proof[]>> = {
  1: [transport("1.0.1: a rekey does not begin the login again")],
  2: [transport("1.0.1, 1.0.2: however often it rekeys, the service is asked for once and the person once")],
  3: [["client/kex/handshake", "NEWKEYS before the reply"]],
  4: [transport("pitfall 19: two unknown messages, each answered with its own sequence number")],
  5: [transport("1.0.5: what we say between our NEWKEYS and the server's is under our new keys")],
  6: [["e2e/protocol/hostile", "whose owner did not sign is no question for anyone"]],
  7: [transport("1.0.7: a SERVICE_ACCEPT of another name"), transport("1.0.7: a SERVICE_ACCEPT of nothing")],
};

const PITFALLS: Readonly<Record<number, readonly Proof[] | Later>> = {
  1: [
    ["client/framing/identification", "may have 255 bytes and no more, whatever lines came before"],
    ["client/framing/transport", "takes version line and KEXINIT in one chunk"],
    ["client/framing/writer", "puts the version line and the first packet into one write"],
    transport("pitfall 1: with a bare line feed"),
  ],
  2: [
    ["client/framing/transport", "in one write, before the server has said a word"],
    transport("pitfall 2: a server that keeps its KEXINIT until it has ours"),
  ],
  3: [["client/kex/handshake", "that is wrong is dropped once, not twice"]],
  4: [["client/kex/handshake", "an unknown key exchange"]],
  5: [
    ["client/kex/handshake", "never chooses a marker, even when a server repeats it"],
    ["client/kex/handshake", "sends its markers in the first KEXINIT only"],
    transport("pitfall 5: markers of another side"),
  ],
  6: [
    ["client/kex/rekey", "goes on taking the server's data until the server's KEXINIT"],
    ["client/kex/rekey", "sends nothing but what belongs to it between our KEXINIT and our NEWKEYS"],
    transport("pitfall 6: a rekey by both at once"),
    transport("pitfall 6: data behind the server's own KEXINIT"),
  ],
  7: [
    ["client/framing/transport", "IGNORE and DEBUG of ours reach the server, and wait for the end of a key exchange"],
  ],
  8: [transport("pitfall 8: NEWKEYS and EXT_INFO in one breath with the reply")],
  9: [["client/kex/handshake", "asks for trust once per connection"]],
  10: [
    ["client/framing/writer", "counts its sequence modulo 2^32"],
    ["client/framing/suites", "refuses a record out of its place"],
    transport("pitfall 10: a packet of the first exchange counts"),
  ],
  11: [
    ["client/framing/suites", "the invocation counter of AES-GCM"],
    ["client/framing/writer", "tells when a cipher fails, and writes nothing from there on"],
  ],
  12: [
    ["client/kex/rekey", "starts by itself by packets, by bytes, and by time"],
    ["client/kex/rekey", "is not started before the login is over"],
    transport("pitfall 12: a server that never ends the key exchange we began"),
  ],
  13: [
    ["client/framing/padding", "gives every payload a packet that the same layout accepts and reads back"],
    ["client/framing/padding", "refuses lengths outside 5 to 256 KiB and lengths that are not aligned"],
  ],
  14: [
    ["client/bytes/wire", "from fixed width keeps the number, and never has a sign or a needless zero"],
    ["client/kex/exchanges", "with leading zero bytes"],
  ],
  15: [
    ["client/keys/verify", "whatever the size of r and s"],
    ["client/keys/verify", "the algorithm of another curve"],
  ],
  16: [
    ["client/kex/handshake", "hands over the key as received, the negotiated algorithm, and the hash that was signed"],
  ],
  17: [
    ["client/keys/verify", "an ssh-rsa signature where SHA-2 was agreed"],
    transport("pitfall 17: a signature under another name than the negotiated one"),
  ],
  18: [
    ["client/framing/compression", "with zlib@openssh.com (pitfall 18)"],
    ["client/framing/zlib", "hold all of a payload that does not compress, in a packet that may be sent (pitfall 18)"],
    ["client/framing/zlib", "may grow to what a packet may hold, and not by one byte more (pitfall 18)"],
  ],
  19: [transport("pitfall 19: two unknown messages, each answered with its own sequence number")],
  20: [
    transport("pitfall 20: DISCONNECT without a language"),
    transport("pitfall 20: DISCONNECT that ends inside its description is a broken rule"),
  ],
  21: [
    transport("pitfall 21: bytes behind KEXINIT"),
    transport("pitfall 21: bytes behind EXT_INFO"),
    ["client/bytes/message", "is refused when it is cut at any byte, or longer than its fields"],
  ],
  22: [
    ["client/login/login", "never sends a key again that the server has taken"],
    ["client/login/login", "does not count as a failure, and yet cannot go on without end"],
  ],
  23: [
    ["client/login/keyboard-interactive", "answers no questions at once"],
    ["client/login/keyboard-interactive", "is not tried again where the server failed it without a question"],
  ],
  24: [["client/login/auth-requests", "message 60 is refused by requests that have no such answer"]],
  25: [["client/login/password", "is changed where the server wants that"]],
  26: [["client/login/public-key", "only SHA-1 announced"]],
  27: [["e2e/protocol/login", "that has enough of failures ends the connection, and its words are quoted"]],
  28: [
    ["client/login/login", "a NUL that counts as text"],
    channels("pitfall 28: a banner of 200 KiB with a NUL, bad UTF-8 and an escape in it"),
  ],
  29: [
    channels("pitfall 29: SUCCESS and a message of the connection in one breath"),
    channels("pitfall 29: a message of the connection and SUCCESS in one breath"),
  ],
  30: [channels("pitfall 30: DISCONNECT in the middle of the login")],
  31: [["client/login/public-key", "takes the key's type for an echo of its algorithm"]],
  32: { later: "keys: security keys" },
  33: [
    ["client/mux/channel", "pitfall 33: stdout and stderr share one window"],
    channels("pitfall 33: extended data of types that nobody knows fills no window"),
  ],
  34: [
    ["client/mux/channel", "pitfall 34"],
    ["client/mux/multiplexer", "pitfall 34"],
  ],
  35: [["client/mux/channel", "pitfall 35"], channels("pitfall 35: a byte more than our window takes")],
  36: [["client/mux/channel", "pitfall 36"], channels("pitfall 36: exit-status behind EOF")],
  37: [
    channels("pitfall 37: CLOSE with neither EOF nor a status"),
    channels("pitfall 37: exit-status twice"),
    channels("pitfall 37: exit-status behind the CLOSE of both"),
  ],
  38: [["client/mux/multiplexer", "pitfall 38"]],
  39: [["client/mux/multiplexer", "pitfall 39"]],
  40: [
    ["client/mux/channel", "pitfall 40"],
    ["client/mux/multiplexer", "pitfall 40"],
  ],
  41: [["client/mux/channel", "pitfall 41"], channels("pitfall 41: a request that wants a reply")],
  42: [["client/mux/multiplexer", "pitfall 42"], channels("pitfall 42: a second CLOSE")],
  43: [
    ["client/mux/channel", "pitfalls 33 and 43"],
    channels("pitfall 43: stderr and stdout share what they may send"),
  ],
  44: [["client/mux/channel", "pitfall 44"]],
  45: [["client/mux/session", "pitfalls 37 and 45"], channels("pitfall 45: an exit-signal in bad UTF-8")],
  46: [["client/mux/keepalive", "pitfall 46"], channels("pitfall 46: no answer to our keepalive for five minutes")],
  47: [["client/mux/session", "pitfall 47"]],
  48: { later: "files: SFTP" },
  49: [["client/knownhosts/names", "mean what the same pattern means"]],
  50: [["client/knownhosts/verifier", "is saved for that relay, and unknown through another one"]],
  51: [["client/knownhosts/verifier", "a revoked key is refused, also one that is known"]],
  52: [
    ["client/knownhosts/certificates", "is refused in its own words"],
    ["client/knownhosts/certificates", "leaves a plain key that is known by itself as it is"],
  ],
  53: [
    ["client/framing/reader", "opens nothing behind a packet that is being handled while keys may change"],
    ["client/framing/writer", "keeps 1000 concurrent sends in call order"],
  ],
  54: [
    ["client/bytes/relay-stream", "makes writers wait while too much is unsent"],
    ["client/bytes/relay-stream", "is lost when closed with %d"],
  ],
  55: [["client/mux/keepalive", "pitfall 46: after a sleep it asks"]],
  56: { later: "keys: storage" },
};

const REQUIREMENTS: Readonly<Record<string, readonly Proof[] | Later>> = {
  "R-KEX-1": [
    transport("R-KEX-1: KEXINIT that is not the first packet of a strict server"),
    transport("R-KEX-1: a packet cut off behind NEWKEYS"),
  ],
  "R-KEX-2": [transport("R-KEX-2: a strict marker that comes late changes nothing")],
  "R-KEX-3": [
    transport("R-KEX-3: ChaCha20-Poly1305 alone, without strict rules"),
    ["client/kex/negotiate", "does not take CBC with encrypt-then-MAC"],
  ],
  "R-KEX-4": [["e2e/protocol/interop", "rekey"]],
  "R-KEX-5": [
    floods("R-KEX-5: IGNORE before the login"),
    floods("R-KEX-5: IGNORE as long as packets can be before the login"),
    transport("R-KEX-5: a server that never answers the request for the service"),
  ],
  "R-KEX-6": [
    ["client/kex/rekey", "R-KEX-6"],
    floods("R-KEX-6: requests while a key exchange stands still"),
    transport("pitfall 12: a server that never begins the key exchange we offered"),
  ],
  "R-KEX-7": [
    floods("R-KEX-7: PING, none of whose answers is read"),
    floods("R-KEX-7: PING while a key exchange stands still"),
  ],
  "R-KEX-8": [["client/kex/exchanges", "R-KEX-8"], transport("R-KEX-8: a public value of zeros")],
  "R-KEX-9": [transport("R-KEX-9: strict rules are asked for, whatever the server has")],
  "R-SM-1": [["e2e/protocol/hostile-gate", "R-SM-1"]],
  "R-SM-2": [["client/kex/ext-info", "R-SM-2"], transport("R-SM-2: a third EXT_INFO before the login")],
  "R-SM-3": [
    ["e2e/protocol/hostile-gate", "R-SM-3"],
    ["e2e/protocol/hostile", "while a person types a password is refused, and the question withdrawn"],
  ],
  "R-HK-1": [
    ["client/ssh", "a verifier that says %j lets nothing out but the key exchange"],
    ["client/faults", "never leads to a login that it should not, if any call %s"],
    transport("R-HK-1: a verifier that throws"),
    transport("R-HK-1: a verifier that says nothing"),
  ],
  "R-HK-2": [["client/knownhosts/verifier", "is one also where only another type of key is known"]],
  "R-HK-3": [["client/knownhosts/verifier", "with the nonsense answer %s is rejected"]],
  "R-HK-4": [["client/knownhosts/algorithms", "R-HK-4"]],
  "R-HK-5": [
    ["client/kex/handshake", "fails for every flipped bit of %s, and nobody is asked"],
    ["e2e/protocol/fuzz-sample", "R-HK-5: with any one bit flipped ends by name"],
    transport("R-HK-5: an exchange hash over another KEXINIT than ours"),
  ],
  "R-CR-1": [
    transport("R-CR-1: an Ed25519 signature with its S above the order"),
    ["client/keys/verify", "any signature by an Ed25519 key of small order"],
  ],
  "R-CR-2": [["e2e/protocol/pitfalls", "R-CR-2, R-CR-3"]],
  "R-CR-3": [["e2e/protocol/pitfalls", "R-CR-2, R-CR-3"]],
  "R-PK-1": [
    transport("R-PK-1: a packet of 4 GiB by its own word"),
    transport("R-PK-1: padding as long as the packet"),
  ],
  "R-PK-2": [
    transport("R-PK-2: a name-list of 1001 names"),
    transport("R-PK-2: a name of 65 characters"),
    ["client/bytes/wire", "reads high uint32 values as positive"],
  ],
  "R-PK-3": [transport("R-PK-3: a host key of 16385 bits"), ["client/keys/public-key", "RSA of 16385 bits"]],
  "R-CH-1": [
    channels("R-CH-1: a window of ours past all counting"),
    channels("R-CH-1: a packet above our maximum, within the window"),
  ],
  "R-CH-2": [channels("R-CH-2: %s cut off at every byte ends it by name, or changes nothing")],
  "R-CH-3": [
    floods("R-CH-3: replies to global requests that nobody made"),
    floods("R-CH-3: replies on a channel that asked for nothing"),
  ],
  "R-CH-4": [floods("R-CH-4: channels that the server would open")],
  "R-CH-5": [["client/mux/channel", "pitfall 44"]],
  "R-CH-6": [
    channels("R-CH-6: 2^32 - 1 questions at once"),
    transport("R-CH-6: EXT_INFO that counts more extensions than there are"),
  ],
  "R-KEY-1": [["client/keys/openssh-private", "says how to lower its rounds"]],
  "R-EX-1": [transport("R-EX-1: an extension that nobody has heard of is not used")],
  "R-FS-1": { later: "files: names of downloads" },
  "R-URL-1": [
    ["client/login/login", "refuses the user name %j before anything is sent"],
    ["client/ui/ssh-link", "is refused because of its %s"],
  ],
  "R-URL-2": [
    [
      "client/ui/app-model",
      "fills the form from the address rather than from the settings, and never connects by itself",
    ],
  ],
  "R-ST-1": [
    ["client/storage/durability", "when they were there at the last visit and their database is gone: since then"],
  ],
  "R-EM-1": [
    [
      "e2e/browser/embed-sight.chromium.spec.ts",
      "a covered, faded, distorted, tiny or moving dialog about a key cannot be used, and one in plain sight can",
    ],
    ["client/widget/sight/visibility", "what stands in the way of a dialog in a frame"],
  ],
  "R-EM-2": [
    ["client/widget/handshake", "listens until the first greeting of the parent, and to nothing after it"],
    [
      "e2e/browser/embed-forged.spec.ts",
      "a greeting counts only from the parent, from a listed origin, once, with one port",
    ],
  ],
  "R-EM-3": [
    ["e2e/browser/embed-window.spec.ts", "a window that the page opens, and one that guesses the nonce, gets no port"],
  ],
  "R-EM-4": [
    ["client/widget/storage-state", "denied"],
    ["client/knownhosts/keep", "without a memory, a key"],
    [
      "e2e/browser/embed-storage.spec.ts",
      "a frame finds out what it may keep, and asks about a key whatever the app knows of it",
    ],
  ],
  "R-UI-1": [
    transport("R-UI-1: words that would steer a screen, or fill it, are cleaned and cut"),
    ["client/login/keyboard-interactive", "cleans and bounds every text of the server"],
  ],
  "R-UI-2": { later: "hardening of the page" },
  "R-AU-1": [
    ["e2e/protocol/hostile", "a password is never sent to a server that let us in without one, nor asked for"],
    ["client/ssh", "that was let in without proof says so"],
  ],
  "R-AU-2": { later: "questions of the page" },
  "R-AU-3": [channels("R-AU-3: a server that refuses every password"), channels("R-AU-3: a server that says partial")],
  "R-AU-4": [["client/login/public-key", "another key"]],
  "R-AU-5": [["client/login/public-key", "only SHA-1 announced"]],
  "R-AU-6": { later: "the relay's policy" },
  "R-AU-7": [["client/login/public-key", "another key"]],
};

const root = join(import.meta.dirname, "../..");
const text = (file: string): string =>
  readFileSync(join(root, file.endsWith(".ts") ? file : `${file}.test.ts`), "utf8");

const all = Object.entries({
  ...Object.fromEntries(Object.entries(SEED).map(([number, proofs]) => [`1.0.${number}`, proofs])),
  ...Object.fromEntries(Object.entries(PITFALLS).map(([number, proofs]) => [`pitfall ${number}`, proofs])),
  ...REQUIREMENTS,
});

describe("what the notes ask for", () => {
  it("is all here: seven, fifty-six, and the requirements of both tables", () => {
    expect(Object.keys(SEED)).toEqual(numbersTo(7));
    expect(Object.keys(PITFALLS)).toEqual(numbersTo(56));
    const families = [
      "KEX 9",
      "SM 3",
      "HK 5",
      "CR 3",
      "PK 3",
      "CH 6",
      "KEY 1",
      "EX 1",
      "FS 1",
      "URL 2",
      "ST 1",
      "EM 4",
      "UI 2",
      "AU 7",
    ];
    const wanted = families.flatMap((family) => {
      const [name, count] = family.split(" ");
      return numbersTo(Number(count)).map((number) => `R-${name}-${number}`);
    });
    expect(Object.keys(REQUIREMENTS).sort()).toEqual(wanted.sort());
  });

  it.each(all)("%s is proved by a test that is there, or waits for its issue", (_, proofs) => {
    if ("later" in proofs) return expect(proofs.later).not.toBe("");
    expect(proofs.length).toBeGreaterThan(0);
    for (const [file, title] of proofs) expect(text(file).includes(title), `${file}: ${title}`).toBe(true);
  });

  it("R-CR-2, R-CR-3: nothing of ours draws from Math.random, and no nonce is made by hand", () => {
    const sources = readdirSync(join(root, "client"), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.tsx?$/.test(path) && !/\.test\./.test(path))
      .map((path) => [path, readFileSync(join(root, "client", path), "utf8")] as const);
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter(([, code]) => code.includes("Math.random")).map(([path]) => path)).toEqual([]);
    // ECDSA signatures are Web Crypto's alone: noble is given no key to sign with.
    const signing = sources
      .filter(([, code]) => /\bp(256|384|521)\.sign\(|extraEntropy/.test(code))
      .map(([path]) => path);
    expect(signing).toEqual([]);
  });
});

function numbersTo(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i + 1}`);
}
