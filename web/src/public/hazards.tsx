import { Button } from "../ui/button";
import { HAZARDS } from "./nearest";
import { chooseHazard } from "./state";
import { T } from "./words";

/** First question: what one flees from. A place that is safe in an earthquake may be under water in a flood. */
export function ChooseHazard() {
  return (
    <section aria-labelledby="step-hazard">
      <h2 id="step-hazard" tabIndex={-1}>
        <T k="hazard.question" />
      </h2>
      <p>
        <T k="hazard.why" />
      </p>
      <ul class="choices">
        {HAZARDS.map((hazard) => (
          <li key={hazard}>
            <Button wide onClick={() => chooseHazard(hazard)}>
              <T k={`hazard.${hazard}`} />
            </Button>
          </li>
        ))}
        <li>
          <Button wide look="quiet" onClick={() => chooseHazard("any")}>
            <T k="hazard.any" />
          </Button>
        </li>
      </ul>
    </section>
  );
}
