import type { ComponentChildren } from "preact";
import { Banner } from "../../ui/banner";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { idle, unlock } from "../idle";
import { words } from "../words";
import { PageTitle } from "./page";
import { SecondFactor } from "./second-factor";

/** Names and addresses: hidden after fifteen idle minutes, shown again to whoever can log in as the same person. */
export function Personal(props: { children: ComponentChildren; isPage?: boolean }) {
  const w = useWords(words);
  const { locked } = useStore(idle);
  if (!locked) return <>{props.children}</>;
  return (
    <section class="narrow card" aria-label={w.text("lock.page")}>
      {props.isPage && <PageTitle title={w.text("lock.page")} />}
      <Banner tone="info" title={w.text("lock.title")}>
        <p>{w.text("lock.words")}</p>
      </Banner>
      <SecondFactor onDone={unlock} />
    </section>
  );
}
