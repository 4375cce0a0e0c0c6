// Where one has been lately. A click fills the form; connecting stays a decision of its own.

import { SSH_PORT } from "../../shared/target.ts";
import type { Destination } from "../switchboard/messages.ts";
import type { App } from "./app-model.ts";
import { Cross } from "./icons.tsx";

interface RecentProps {
  readonly app: App;
  onChoose(destination: Destination): void;
}

export function Recent({ app, onChoose }: RecentProps) {
  if (app.recent.value.length === 0) return null;
  return (
    <section class="recent sheet" aria-labelledby="recent">
      <h2 id="recent">Recent</h2>
      <ul>
        {app.recent.value.map((destination) => {
          const { host, port, user } = destination;
          const name = `${user}@${host}${port === SSH_PORT ? "" : `, port ${port}`}`;
          return (
            <li key={name}>
              <button type="button" class="quiet choose" onClick={() => onChoose(destination)}>
                {user}@{host}
                {port !== SSH_PORT && <small> port {port}</small>}
              </button>
              <button type="button" class="quiet small" onClick={() => void app.forget(destination)}>
                <span class="visually-hidden">Remove {name}</span>
                <Cross />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
