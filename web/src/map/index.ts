import "maplibre-gl/dist/maplibre-gl.css";
import { Map as MapLibre, Marker, NavigationControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { SiteRow } from "../public/nearest";
import { style } from "./style";

/** A place on the map that the reader chose. */
export interface MapPlace {
  lon: number;
  lat: number;
}

/** A map of our own tiles. */
export interface PlaceMap {
  /** Called with each place tapped; a marker is put there. */
  onTap(listener: (place: MapPlace) => void): void;
  close(): void;
}

/** Opens a map of the city's districts and sites in `box` (which must have a height). Rejects when it cannot be drawn. */
export function openMap(box: HTMLElement, sites: SiteRow[]): Promise<PlaceMap> {
  setWorkerUrl(workerUrl);
  return new Promise((resolve, reject) => {
    const map = new MapLibre({
      container: box,
      style: style(location.origin, sites),
      bounds: boundsOf(sites),
      fitBoundsOptions: { padding: 24 },
      // Labels are drawn with the reader's own fonts: no glyphs are fetched from anywhere.
      localIdeographFontFamily: '"Noto Sans CJK JP","Noto Sans JP","Hiragino Sans",sans-serif',
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
    });
    map.addControl(new NavigationControl({ showCompass: false }));
    let marker: Marker | null = null;
    map.once("load", () =>
      resolve({
        onTap(listener) {
          map.on("click", ({ lngLat }) => {
            marker ??= new Marker().setLngLat(lngLat).addTo(map);
            marker.setLngLat(lngLat);
            listener({ lon: lngLat.lng, lat: lngLat.lat });
          });
        },
        close: () => map.remove(),
      }),
    );
    map.once("error", ({ error }) => {
      if (!map.loaded()) reject(error);
    });
  });
}

/** West, south, east, north of the sites; the whole of Japan when there are none. */
function boundsOf(sites: SiteRow[]): [number, number, number, number] {
  if (sites.length === 0) return [122.9, 24.0, 146.0, 45.6];
  const lons = sites.map((site) => site[3]);
  const lats = sites.map((site) => site[4]);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
