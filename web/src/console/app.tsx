import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LiveRegion } from "../ui/live-region";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { Frame } from "./frame";
import { LogIn } from "./login";
import { PageTitle, Waiting } from "./parts/page";
import { Personal } from "./parts/personal";
import { StepUpDialog } from "./parts/step-up-dialog";
import { homeOf, PAGES, type PageOf, type Params } from "./places";
import { go, match, place } from "./router";
import { session } from "./session";
import { words } from "./words";

/** The console: the log-in, or the page of the place one is at. */
export function App() {
  const { state, mustChange } = useStore(session);
  useWords(words);
  if (state !== "in") return <LogIn />;
  return (
    <>
      <Frame>{mustChange ? <Opened page={PASSWORD} params={{}} /> : <Here />}</Frame>
      <StepUpDialog />
      <LiveRegion />
    </>
  );
}

const PASSWORD = PAGES.find((page) => page.pattern === "password") as PageOf;

function Here() {
  const w = useWords(words);
  const { path } = useStore(place);
  const { account } = useStore(session);
  const role = account?.role ?? "public";
  const home = homeOf(role);
  const goesHome = path.length === 0 && home !== "/";
  useEffect(() => {
    if (goesHome) go(home, true);
  }, [goesHome, home]);
  if (goesHome) return null;
  for (const page of PAGES) {
    const params = match(page.pattern, path);
    if (!params) continue;
    if (!page.roles.includes(role)) {
      return (
        <>
          <PageTitle title={w.text("notyours.title")} />
          <p>{w.text("notyours.words")}</p>
        </>
      );
    }
    // The key: another round is another page, not the old one with new figures.
    return <Opened key={path.join("/")} page={page} params={params} />;
  }
  return (
    <>
      <PageTitle title={w.text("nowhere.title")} />
      <p>
        <a href="#/">{w.text("nowhere.home")}</a>
      </p>
    </>
  );
}

const brought = new Map<PageOf, ComponentType<Params>>();

/** A page, as soon as its chunk is here. */
function Opened({ page, params }: { page: PageOf; params: Params }) {
  const w = useWords(words);
  const [, again] = useState(0);
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    if (brought.has(page)) return;
    let isHere = true;
    page.load().then(
      (module) => {
        brought.set(page, module.default);
        if (isHere) again((n) => n + 1);
      },
      () => isHere && setLost(true),
    );
    return () => {
      isHere = false;
    };
  }, [page]);
  const Page = brought.get(page);
  if (isLost) {
    return (
      <>
        <PageTitle title={w.text("lost.title")} />
        <p>{w.text("lost.words")}</p>
        <button type="button" class="button button-primary" onClick={() => location.reload()}>
          {w.text("lost.reload")}
        </button>
      </>
    );
  }
  if (!Page) return <Waiting problem={null} />;
  if (!page.isPersonal) return <Page {...params} />;
  return (
    <Personal isPage>
      <Page {...params} />
    </Personal>
  );
}
