import type { Bundle } from "../../offline/bundle";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { roundsNow, startRound } from "../actions";
import { app, go } from "../app";
import { Choice, Page } from "../page";
import { dayTime, T } from "../words";

/** The way to begin a round on the spot, and the list kept for it: closed in ordinary times, opened by a recorded act. */
export function Standby({ standby }: { standby: Bundle["standby"] }) {
  return (
    <section class="section" aria-labelledby="standby">
      <h2 id="standby">
        <T k={standby ? "standbyTitle" : "standbyNone"} />
      </h2>
      {standby && (
        <p>
          <T
            k="standbyText"
            p={{ n: standby.members.length, time: dayTime(Date.parse(standby.as_of)) }}
          />
        </p>
      )}
      <p>
        <T k="standbyStartText" />
      </p>
      <StartButton />
    </section>
  );
}

/** 災害が起きました. */
export function StartButton({ look = "danger" }: { look?: "danger" | "plain" }) {
  return (
    <Button look={look} icon="danger" wide onClick={() => go({ name: "start" })}>
      <T k="standbyStart" />
    </Button>
  );
}

/** Asked once, before a round begun on the spot: whoever is unsure starts it as a disaster. */
export function Start() {
  const { phase } = useStore(app);
  const running = roundsNow().find(({ event }) => event.kind === "disaster");
  const isOpen = phase === "open";
  const begin = (kind: "drill" | "disaster") =>
    void startRound(kind).then(
      (isBegun) => isBegun && go({ name: isOpen ? "list" : "unlisted" }, true),
    );
  return (
    <Page title={<T k="startTitle" />} hasBack>
      {running && <Banner tone="info" title={<T k="startRunning" p={{ name: running.name }} />} />}
      <p>
        <T k="startText" />
      </p>
      <div class="choices">
        <Choice look="danger" icon="danger" onClick={() => begin("disaster")}>
          <T k="startReal" />
        </Choice>
        <Choice icon="info" onClick={() => begin("drill")}>
          <T k="startDrill" />
        </Choice>
        <Choice look="danger" icon="danger" onClick={() => begin("disaster")}>
          <T k="startUnsure" />
        </Choice>
      </div>
    </Page>
  );
}
