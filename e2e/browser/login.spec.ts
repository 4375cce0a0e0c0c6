// Every way to log in, as a person does it, against a real sshd and, for what no sshd is easily brought to, a scripted server.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, type Locator, type Page } from "@playwright/test";
import { test } from "../fixtures/browser-test.ts";
import { type KeyType, makeKeyPair } from "../fixtures/keys.ts";
import { startSsh2Server } from "../fixtures/ssh2-server.ts";
import { startSshd } from "../fixtures/sshd.ts";
import {
  button,
  connect,
  connectButton,
  type Destination,
  exitBar,
  expectForm,
  expectOnScreen,
  expectShell,
  expectWorkingShell,
  givePassword,
  loginDialog,
  openApp,
  trustAndSave,
} from "./support.ts";

const challengeDialog = (page: Page): Locator => page.getByRole("dialog", { name: "The server asks", exact: true });

const place = ({ user, host, port }: Destination): string => `${user}@${host}:${port}`;

test("an empty password is not sent, a wrong one is said to be wrong, and the right one opens a shell", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await connect(page, sshd);
  await trustAndSave(page);
  const dialog = loginDialog(page);
  const password = dialog.getByLabel("Password", { exact: true });
  await expect(password).toBeFocused();
  await expect(password).toHaveAttribute("type", "password");
  await expect(dialog).toContainText(place(sshd));
  await givePassword(page, "");
  await expect(dialog).toContainText("Type the password.");
  await expect(dialog.getByRole("alert")).toHaveCount(0);
  await givePassword(page, `not ${sshd.password}`);
  await expect(dialog.getByRole("alert")).toHaveText("That password was not accepted.");
  await expect(dialog).toContainText(place(sshd));
  await expect(password).toHaveValue("");
  await givePassword(page, sshd.password);
  await expectWorkingShell(page);
});

test("Cancel and Escape at the password go back to the form, which keeps what was typed", async ({
  page,
  relay,
  sshd,
}) => {
  await openApp(page, relay);
  await connect(page, sshd);
  await trustAndSave(page);
  await button(loginDialog(page), "Cancel").click();
  await expectForm(page, sshd);
  await connectButton(page).click();
  await expect(loginDialog(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expectForm(page, sshd);
});

type Bring = (page: Page, file: string) => Promise<void>;

const paste: Bring = (page, file) =>
  loginDialog(page).getByRole("textbox", { name: "Private key" }).fill(readFileSync(file, "utf8"));

const choose: Bring = async (page, file) => {
  await loginDialog(page).getByLabel("Choose a file").setInputFiles(file);
  await expect(loginDialog(page)).toContainText(basename(file));
};

const drop: Bring = async (page, file) => {
  const text = readFileSync(file, "utf8");
  const dataTransfer = await page.evaluateHandle(
    ({ text, name }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], name));
      return transfer;
    },
    { text, name: basename(file) },
  );
  await loginDialog(page).getByRole("textbox", { name: "Private key" }).dispatchEvent("drop", { dataTransfer });
  await expect(loginDialog(page)).toContainText(basename(file));
};

const KEYS: readonly { type: KeyType; how: string; plain: Bring; locked: Bring }[] = [
  { type: "ed25519", how: "pasted, and locked and dropped", plain: paste, locked: drop },
  { type: "ecdsa", how: "chosen from a file, and locked and pasted", plain: choose, locked: paste },
  { type: "rsa", how: "dropped, and locked and chosen from a file", plain: drop, locked: choose },
];

test("a key of each type logs in, plain and locked, and a wrong passphrase is asked for again", async ({
  page,
  relay,
  sshd,
}) => {
  test.slow(); // seven logins
  const dialog = loginDialog(page);
  const passphrase = dialog.getByLabel("Passphrase", { exact: true });
  const offer = async (bring: Bring, file: string) => {
    await connectButton(page).click();
    await button(dialog, "Use a key").click();
    await bring(page, file);
    await expect(dialog).toContainText(place(sshd));
    await button(dialog, "Log in").click();
  };
  const unlock = async (secret: string) => {
    await expect(passphrase).toBeFocused();
    await passphrase.fill(secret);
    await button(dialog, "Log in").click();
  };
  const leave = async () => {
    await expectShell(page);
    await button(page, "Disconnect").click();
    await button(exitBar(page), "Close").click();
  };
  await openApp(page, relay);
  await connect(page, sshd);
  await trustAndSave(page);
  await button(dialog, "Cancel").click();

  for (const { type, how, plain, locked } of KEYS)
    await test.step(`${type}, ${how}`, async () => {
      await offer(plain, sshd.keyFile(type));
      await leave();
      await offer(locked, sshd.keyFile(type, "open sesame"));
      await expect(dialog.getByRole("alert")).toHaveText("This key is locked: type its passphrase.");
      await unlock("open sesame");
      await leave();
    });

  await offer(paste, sshd.keyFile("ed25519", "open sesame"));
  await unlock("open barley");
  await expect(dialog.getByRole("alert")).toHaveText("This passphrase does not unlock the key: try again.");
  await expect(passphrase).toHaveValue("");
  await expect(dialog).toContainText(place(sshd));
  await unlock("open sesame");
  await expectWorkingShell(page);
});

test("what is no usable key is told apart, and the dialog stays open for the right one @one-browser", async ({
  page,
  relay,
  sshd,
}) => {
  const file = sshd.keyFile("ed25519");
  const key = readFileSync(file, "utf8");
  const texts: readonly [text: string, sentence: string][] = [
    ["", "Paste a private key, or choose its file."],
    ["correct horse battery staple", "This is not a private key: the text of one begins with"],
    [readFileSync(`${file}.pub`, "utf8"), "This is the public half of a key, which cannot log in."],
    ["PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "This is a PuTTY key. Open it in PuTTYgen"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", "an older format"],
    [key.slice(0, 120), "This key cannot be read: its end is missing."],
    ["x".repeat(70_000), "This text is too long to be a key."],
  ];
  const dialog = loginDialog(page);
  await openApp(page, relay);
  await connect(page, sshd);
  await trustAndSave(page);
  await button(dialog, "Use a key").click();
  for (const [text, sentence] of texts) {
    await dialog.getByRole("textbox", { name: "Private key" }).fill(text);
    await button(dialog, "Log in").click();
    await expect(dialog.getByRole("alert")).toContainText(sentence);
    await expect(dialog).toContainText(place(sshd));
  }
  await paste(page, file);
  await button(dialog, "Log in").click();
  await expectShell(page);
});

test("a key that the server does not know is said to be refused, and a password still logs in @one-browser", async ({
  page,
  relay,
  sshd,
}, info) => {
  const stranger = makeKeyPair(info.outputPath("stranger"), "ed25519");
  const dialog = loginDialog(page);
  await openApp(page, relay);
  await connect(page, sshd);
  await trustAndSave(page);
  await button(dialog, "Use a key").click();
  await paste(page, stranger.file);
  await button(dialog, "Log in").click();
  await expect(dialog.getByRole("alert")).toHaveText("That key was not accepted.");
  await button(dialog, "Use a password").click();
  await givePassword(page, sshd.password);
  await expectShell(page);
});

test("sshd's own questions are answered, wrongly and rightly @one-browser", async ({ page, relay }) => {
  const sshd = await startSshd({ config: ["PasswordAuthentication no", "PubkeyAuthentication no"], pam: true });
  try {
    const dialog = challengeDialog(page);
    const answer = dialog.getByLabel("Password:");
    await openApp(page, relay);
    await connect(page, sshd);
    await trustAndSave(page);
    await expect(answer).toBeFocused();
    await expect(answer).toHaveAttribute("type", "password");
    await expect(dialog).toContainText(place(sshd));
    await answer.fill("wrong");
    await button(dialog, "Log in").click();
    await expect(answer).toHaveValue("");
    await answer.fill(sshd.password);
    await button(dialog, "Log in").click();
    await expectWorkingShell(page);
  } finally {
    await sshd.stop();
  }
});

test("a key is one step and two rounds of questions the next, each in the server's own words", async ({
  page,
  relay,
  sshd,
}) => {
  const server = await startSsh2Server({
    user: "ada",
    banner: "Authorised use only\u202e\u001b[31m\r\n",
    login: [
      { method: "publickey", publicLine: readFileSync(`${sshd.keyFile("ed25519")}.pub`, "utf8") },
      {
        method: "keyboard-interactive",
        rounds: [
          { name: "First round", prompts: [{ prompt: "Favourite colour: ", echo: true }], answers: ["mauve"] },
          {
            instruction: "Now the secrets",
            prompts: [
              { prompt: "Code: ", echo: false },
              { prompt: "PIN: ", echo: false },
            ],
            answers: ["123456", "99"],
          },
        ],
      },
    ],
  });
  try {
    const dialog = challengeDialog(page);
    await openApp(page, relay);
    await connect(page, server);
    await trustAndSave(page);
    await expect(loginDialog(page).getByRole("blockquote")).toHaveText(/^Authorised use only/);
    await paste(page, sshd.keyFile("ed25519"));
    await button(loginDialog(page), "Log in").click();

    await expect(dialog).toContainText("First round");
    await expect(dialog).toContainText(place(server));
    await expect(dialog.getByLabel("Favourite colour:")).toHaveAttribute("type", "text");
    await dialog.getByLabel("Favourite colour:").fill("mauve");
    await page.keyboard.press("Enter");

    await expect(dialog).toContainText("Now the secrets");
    await expect(dialog).toContainText(place(server));
    await expect(dialog.getByLabel("Code:")).toHaveAttribute("type", "password");
    await dialog.getByLabel("Code:").fill("123456");
    await dialog.getByLabel("PIN:").fill("99");
    await button(dialog, "Log in").click();
    await expectShell(page);
    await expectOnScreen(page, "welcome");
    expect(server.attempts).toEqual(["publickey partial", "keyboard-interactive accepted"]);
  } finally {
    await server.stop();
  }
});

test("Cancel at a question goes back to the form, and no answer leaves @one-browser", async ({ page, relay }) => {
  const server = await startSsh2Server({
    user: "ada",
    login: [
      {
        method: "keyboard-interactive",
        rounds: [{ prompts: [{ prompt: "Code: ", echo: false }], answers: ["123456"] }],
      },
    ],
  });
  try {
    await openApp(page, relay);
    await connect(page, server);
    await trustAndSave(page);
    await challengeDialog(page).getByLabel("Code:").fill("123456");
    await button(challengeDialog(page), "Cancel").click();
    await expectForm(page, server);
    expect(server.attempts).toEqual([]);
  } finally {
    await server.stop();
  }
});
