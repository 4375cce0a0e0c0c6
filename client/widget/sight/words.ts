// What the frame says of a question that it does not ask itself, and why.

import { formatTarget } from "../../../shared/target.ts";
import type { Destination, PromptQuestion, SendTextQuestion } from "../../switchboard/messages.ts";
import type { Unseen } from "../../ui/sight.ts";
import { SMALLEST } from "./visibility.ts";

/** One line, without an answer in it. */
export function titleOf({ kind }: PromptQuestion | SendTextQuestion, destination: Destination): string {
  const where = formatTarget(destination);
  const who = `${destination.user}@${where}`;
  switch (kind) {
    case "host-key":
      return `Is this the key of ${where}?`;
    case "credential":
      return `Log in as ${who}`;
    case "challenge":
      return `${where} asks ${destination.user} something`;
    case "new-password":
      return `A new password for ${who}`;
    case "send-text":
      return "May this page type into the terminal?";
    default:
      return kind satisfies never;
  }
}

export const WINDOW_TEXT =
  "The page around this terminal could cover the question or imitate it. So it is asked in a window of its own.";

/** What the person can do so that the dialog can be used. */
export const OBSTACLES: Record<Exclude<Unseen, "settling">, string> = {
  unknown: "Looking whether this question can be seen whole.",
  covered:
    "Something in the page around lies over this question, or makes it hard to see. It can be answered when it is in plain sight.",
  outside: "Part of this question is out of sight. Scroll the page until all of it can be seen.",
  small: `This terminal is too small to ask here: it must be at least ${SMALLEST.width} by ${SMALLEST.height} pixels.`,
  cut: "This question does not fit in here.",
  unfocused: "Click here to go on: the page around has the keyboard.",
};

/** Behind an obstacle that stays. */
export const KEYS = "Press Enter to continue in a new window, or Escape to cancel.";

export const OVER = "The connection ended before this was answered. Nothing was sent.";

export const BLOCKED = "No window opened that could ask this. Allow pop-ups for this page, and try again.";
