import { Banner } from "../../ui/banner";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { session } from "../session";
import { words } from "../words";

/** What the city has not said of itself, to those who can do something about it. */
export function CityLacking() {
  const w = useWords(words);
  const { account, lacking } = useStore(session);
  const isAdmin = account?.role === "admin";
  if (lacking.length === 0 || !(isAdmin || account?.role === "hq_staff")) return null;
  return (
    <Banner tone="warn" title={w.text("city.lacking")}>
      <ul>
        {lacking.map((what) => (
          <li key={what}>{w.text(`city.lacking.${what}`)}</li>
        ))}
      </ul>
      <p>
        <a href="#/city">{w.text(isAdmin ? "city.lacking.open" : "city.lacking.see")}</a>
      </p>
    </Banner>
  );
}
