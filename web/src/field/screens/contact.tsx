import { Icon } from "../../ui/icon";
import { useStore } from "../../ui/store";
import { app } from "../app";
import { T } from "../words";

/** Whom to call, always in the same words and the same place. */
export function DistrictPhone() {
  const phone = useStore(app).device?.districtPhone;
  if (!phone) {
    return (
      <p>
        <T k="callNoDistrict" />
      </p>
    );
  }
  return (
    <a class="button button-plain button-wide" href={`tel:${phone}`}>
      <Icon name="phone" />
      <span>
        <T k="callDistrict" p={{ phone }} />
      </span>
    </a>
  );
}

export function Call119() {
  return (
    <a class="button button-danger button-wide" href="tel:119">
      <Icon name="phone" />
      <span>
        <T k="call119" />
      </span>
    </a>
  );
}
