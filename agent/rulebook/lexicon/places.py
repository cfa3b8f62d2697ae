"""Nouns for where and when: settings, scenery that hints at a setting, times, seasons and weathers."""

from __future__ import annotations

SETTINGS: dict[str, str] = {
    "forest": "forest, wood, woods, woodland, grove, pine forest, treetop",
    "beach": "beach, seaside, shore, coast, seashore, sandy shore, coastline, sea shore",
    "city": "city, street, town square, downtown, avenue, city street, skyline, metropolis, boulevard, rooftop, "
    "sidewalk, "
    "pavement, skyscraper, crosswalk, alley, alleyway, new york, tokyo, paris, london, berlin, rome, madrid, manhattan",
    "desert": "desert, dune, sand dune, sahara, oasis",
    "snowfield": "snowfield, snow field, tundra, ice field, arctic, antarctica, antarctic, north pole, south pole, "
    "snowy field, snowy plain, ice floe, iceberg, glacier, ice",
    "mountain": "mountain, hill, hilltop, peak, mountaintop, cliff, summit, ridge, valley, alp, mountainside, "
    "highland, "
    "mountain top, mountain range, himalaya, hillside, everest",
    "meadow": "meadow, field, wheat field, field of flower, flower field, flower meadow, grassland, pasture, "
    "prairie, lawn, grass, countryside, glade",
    "underwater": "underwater, under water, under the water, under the sea, coral reef, reef, seabed, sea floor, "
    "ocean floor, deep sea, "
    "bottom of the sea, bottom of the ocean, under the ocean, beneath the waves, beneath the sea, below the waves, "
    "below the surface, depth of the ocean, aquarium",
    "space": "space, outer space, cosmos, galaxy, universe, orbit, milky way, nebula, zero gravity, weightlessness",
    "moon": "lunar surface, on the moon, surface of the moon, moon base, moonscape, to the moon, moon surface, "
    "crater, lunar landscape, of the moon",
    "room": "room, bedroom, kitchen, living room, house interior, indoors, inside the house, bathroom, hallway, attic, "
    "nursery, dining room, at home, in bed, bed, basement, study",
    "cave": "cave, cavern, grotto, tunnel, mine, lair, den",
    "harbour": "harbour, harbor, port, dock, pier, quay, marina, wharf, jetty",
    "village": "village, hamlet, town, small town, cottage, farmhouse, hut",
    "river": "river, riverbank, stream, brook, creek, canal, river bank, riverside",
    "sky": "sky, in the air, high above, above the clouds, over the clouds, among the clouds, in the clouds, up in "
    "the clouds, "
    "through the clouds, into the clouds, across the sky, mid-air, midair, heavens",
}

NEAR_SETTINGS: dict[str, str] = {
    "forest": "jungle, rainforest, swamp, bamboo forest, orchard, marsh, bog, wilderness, zoo, enchanted forest, "
    "treehouse, tree house, campsite, camp, redwood",
    "beach": "island, lagoon, bay, tropical island, resort, sea, ocean, volcano island",
    "city": "road, highway, bridge, market, square, plaza, subway station, train station, station, airport, parking "
    "lot, "
    "stadium, racetrack, playground, fairground, amusement park, carnival, factory, school, schoolyard, motorway, "
    "street market, "
    "marketplace, campus, motorway bridge, mall, shopping mall, neighbourhood, neighborhood, suburb, chinatown, "
    "cyberpunk city, futuristic city, race track, football pitch, pitch, backstreet, runway, metro station, hotel, "
    "railway",
    "desert": "canyon, savannah, savanna, wasteland, steppe, egypt, wild west, outback, volcano, arizona",
    "snowfield": "ski slope, ski resort, ice rink, skating rink, frozen lake, frozen sea, siberia, greenland, "
    "alaska, lapland",
    "mountain": "waterfall, plateau, gorge, rock face, crag, alps valley, scotland, switzerland, norway, fjord",
    "meadow": "park, national park, garden, farm, farmland, vineyard, yard, backyard, cemetery, graveyard, golf "
    "course, ranch, plain, plains, "
    "wheat field, rice field, field of flower, flower field, barn, stable, farmyard, africa, greenhouse",
    "underwater": "pool, swimming pool, fish tank, fishbowl, bowl, sunken ship, shipwreck, atlantis",
    "space": "solar system, black hole, wormhole, starfield, parallel universe, dream world, dreamscape, void",
    "moon": "mars surface, on mars, alien planet, distant planet, red planet, another planet",
    "room": "office, classroom, shop, store, cafe, café, coffee shop, restaurant, library, museum, hospital, gym, "
    "bakery, "
    "laboratory, lab, studio, theatre, theater, stage, church, temple, mosque, palace, ballroom, workshop, garage, "
    "bar, pub, "
    "cinema, toy shop, bookshop, toilet, elevator, lift, corridor, prison, court, courtroom, cabin, log cabin, "
    "warehouse, "
    "haunted house, mansion, hall, concert hall, nightclub, club, spaceship interior, cockpit, apartment, flat, "
    "supermarket, bookstore, clinic, saloon, tavern, inn, toyshop",
    "cave": "dungeon, crypt, mineshaft, catacomb, underground, sewer, cellar, bunker",
    "harbour": "lighthouse, shipyard, boardwalk, naval base, venice, oil rig",
    "village": "castle, fortress, ruin, kingdom, settlement, tower, windmill, mill, house, home, courtyard, well, "
    "monastery",
    "river": "lake, pond, lakeside, wetland, puddle, waterhole, water hole, dam, lakeshore, swampy river, amazon, nile",
    "sky": "heaven, cloud city, balloon basket, atmosphere, stratosphere, cloudscape, floating island",
}

SCENERY: dict[str, str] = {
    "forest": "tree, pine, oak, branch, bush, fern, moss, birch, trunk, undergrowth, root, canopy",
    "beach": "wave, palm, palm tree, shell, seashell, sandcastle, surf, sand, tide",
    "city": "traffic, traffic light, street light, neon, neon light, neon sign, billboard, shop window",
    "mountain": "slope, pinecone, mountain path",
    "meadow": "grass blade, daisy, wildflower, butterfly meadow, fence, hedge, blossom",
    "underwater": "coral, seaweed, kelp, anemone",
    "space": "constellation, star system, moons",
    "room": "window, door, table, chair, sofa, couch, desk, shelf, wall, floor, carpet floor, curtain, mirror, "
    "bathtub, "
    "lamp shade, armchair, wardrobe, ceiling, pillow, blanket, oven, stove, fridge, cupboard, bookshelf",
    "cave": "stalactite, rock wall",
    "harbour": "anchor, rope, mast, fishing net",
    "village": "roof, chimney, church tower, gate, steeple, cobblestone",
    "river": "water, bank, reed, lily pad, current",
    "sky": "cloud",
    "": "light, path, horizon, landscape, view, world, nature, ground, place, scene, background, distance, air, "
    "sunlight, "
    "shadow play, glow, dust, mud, smoke, way, trail, track, edge, side, middle, top, bottom, end, corner, surface, "
    "footprint, reflection, silhouette, wind, breeze, sun, sunshine, sunbeam, ray, rainbow, night sky, lightning, snow",
}
"""Things that belong to a place and are part of its scenery; the key is the setting they hint at."""

TIMES: dict[str, str] = {
    "dawn": "dawn, sunrise, daybreak, morning, early morning, first light, break of day, sun rises, sun comes up, "
    "sun is rising, rising sun, morning light, at six in the morning, breakfast",
    "day": "daytime, noon, midday, afternoon, daylight, by day, during the day, in the day, broad daylight, lunchtime, "
    "lunch, sunny day, day time, high noon, bright day, sunshine",
    "dusk": "dusk, sunset, evening, twilight, golden hour, sundown, at the end of the day, sun sets, sun goes down, "
    "setting sun, sun is setting, blue hour, gloaming, dinner, dinnertime, nightfall",
    "night": "night, midnight, nighttime, night-time, night time, moonlight, moonlit, starry, starlight, under the "
    "stars, "
    "under the moon, starry night, starry sky, by moonlight, full moon, bedtime, after dark, night sky, new year's "
    "eve, "
    "halloween, northern lights, aurora, overnight, northern light",
}

LIGHTS: dict[str, str] = {"night": "moon, star", "day": "sun"}
"""What stands in the sky: hints at the time of day unless a time is said."""

SEASONS: dict[str, tuple[str, str]] = {
    "winter": ("snowfield", "snow"), "wintry": ("snowfield", "snow"), "christmas": ("snowfield", "snow"),
    "december": ("snowfield", "snow"), "january": ("snowfield", "snow"), "february": ("snowfield", "snow"),
    "autumn": ("forest", "cloudy"), "fall": ("forest", "cloudy"), "october": ("forest", "cloudy"),
    "november": ("forest", "fog"), "september": ("forest", "cloudy"), "spring": ("meadow", "clear"),
    "springtime": ("meadow", "clear"), "april": ("meadow", "rain"), "may": ("meadow", "clear"),
    "march": ("meadow", "cloudy"), "summer": ("meadow", "clear"), "summertime": ("meadow", "clear"),
    "july": ("beach", "clear"), "august": ("beach", "clear"), "june": ("meadow", "clear"),
}  # fmt: skip
"""A season as (setting, weather), each used only where nothing else is said."""

WEATHERS: dict[str, str] = {
    "clear": "clear, sunny, cloudless, clear sky, blue sky, sunshine, sunlit, bright sky, fair weather, good "
    "weather, sun is shining, "
    "sun shines, sunlight, sunbeam, rain stops, storm passes, storm ends, snow melts, fog lifts, sky clears, "
    "starlit sky, "
    "rain has stopped, sun comes out, "
    "sun is out, sun breaks through, sun returns, storm is over, clouds part, fine weather, nice weather",
    "cloudy": "cloudy, overcast, grey sky, gray sky, gloomy, dull sky, dark clouds, cloud cover",
    "rain": "rain, rainy, raining, drizzle, shower, downpour, raindrop rain, it rains, pouring, wet day, monsoon",
    "snow": "snow, snowy, snowing, snowfall, snow falling, falling snow, blizzard, snowstorm, it snows, snow storm, "
    "flurry, "
    "snowflake fall, snow falls, snow fall, hail, sleet",
    "fog": "fog, foggy, mist, misty, haze, hazy, smog",
    "storm": "storm, stormy, thunderstorm, tempest, hurricane, tornado, typhoon, lightning, thunder and lightning, "
    "gale",
}
