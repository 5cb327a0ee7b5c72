import type { Bundle } from "../../offline/bundle";
import { Button } from "../../ui/button";
import { startRound } from "../actions";
import { go } from "../app";
import { Choice, Page } from "../page";
import { dayTime, T } from "../words";

/** The list kept for a disaster: closed in ordinary times, opened by a recorded act. */
export function Standby({ standby }: { standby: NonNullable<Bundle["standby"]> }) {
  return (
    <section class="section" aria-labelledby="standby">
      <h2 id="standby">
        <T k="standbyTitle" />
      </h2>
      <p>
        <T
          k="standbyText"
          p={{ n: standby.members.length, time: dayTime(Date.parse(standby.as_of)) }}
        />
      </p>
      <p>
        <T k="standbyStartText" />
      </p>
      <Button look="danger" icon="danger" wide onClick={() => go({ name: "start" })}>
        <T k="standbyStart" />
      </Button>
    </section>
  );
}

/** Asked once, before a round begun on the spot: whoever is unsure starts it as a disaster. */
export function Start() {
  const begin = (kind: "drill" | "disaster") =>
    void startRound(kind).then((isBegun) => isBegun && go({ name: "list" }, true));
  return (
    <Page title={<T k="startTitle" />} hasBack>
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
