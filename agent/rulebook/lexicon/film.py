"""Words about the film itself: camera, framing, style, mood, size, colour, what is worn and carried."""

from __future__ import annotations

from agent.rulebook.lexicon.words import word_set

COLOURS: dict[str, str] = {
    "red": "red, crimson, scarlet, ruby, vermilion, cherry red, blood red",
    "orange": "orange, ginger, tangerine, rust-coloured, amber, apricot",
    "yellow": "yellow, golden, gold, lemon yellow, blond, blonde, mustard",
    "green": "green, emerald, lime green, olive, jade, dark green, light green",
    "blue": "blue, navy, azure, sky blue, sky-blue, cobalt, sapphire, dark blue, light blue, navy blue, indigo",
    "purple": "purple, violet, lilac, lavender, mauve",
    "pink": "pink, rosy, magenta, fuchsia, salmon pink, hot pink",
    "brown": "brown, chestnut, chocolate brown, tan, hazel, auburn, caramel",
    "white": "white, snow-white, ivory, pale white, milky",
    "black": "black, jet-black, ebony, coal-black, pitch-black",
}
NEAR_COLOURS: dict[str, str] = {
    "white": "grey, gray, silver, silvery, silver-grey, cream, transparent",
    "blue": "turquoise, teal, cyan, aquamarine",
    "brown": "beige, bronze, copper, khaki, sandy",
    "red": "maroon, burgundy, coral red",
    "pink": "rainbow, rainbow-coloured, multicoloured, multicolored, colourful patterned, striped, spotted, "
    "peach-coloured",
    "black": "charcoal, dark grey, dark gray, anthracite",
}
SIZES: dict[str, str] = {
    "small": "small, little, tiny, young, miniature, wee, minute, short, mini, petite",
    "large": "large, big, huge, giant-sized, enormous, gigantic, massive, tall, great, colossal, mighty, oversized, "
    "immense, vast",
    "medium": "medium, medium-sized, middle-sized, average-sized",
}
ACCESSORIES: dict[str, str] = {
    "hat": "hat, cap, beanie, beret, top hat, straw hat, bonnet, helmet, sunhat, sombrero, hood",
    "scarf": "scarf, shawl, bandana, muffler, neckerchief",
    "cape": "cape, cloak, poncho, coat, raincoat, dress, mantle, robe",
    "glasses": "glasses, sunglasses, spectacles, goggles, eyeglasses",
    "backpack": "backpack, rucksack, knapsack, satchel, school bag",
    "crown": "crown, tiara",
    "bow": "bow, ribbon, bow tie, bowtie, hair bow, tie, necklace, collar",
}
NEAR_ACCESSORIES = word_set(
    "helmet hood coat raincoat dress robe shawl bandana cap beanie beret bonnet collar necklace tie satchel goggles"
)
CARRIED: dict[str, str] = {
    "flower": "flower, rose, tulip, sunflower, bouquet, lily, orchid, poppy",
    "box": "box, gift, present, package, parcel, suitcase, basket, chest, treasure, treasure chest, picnic basket, "
    "crate",
    "umbrella": "umbrella, parasol",
    "book": "book, notebook, diary, storybook",
}
NEAR_CARRIED: dict[str, str] = {
    "box": "phone, smartphone, laptop, tablet, camera device, bag, purse, handbag, backpack bag, wallet, watch, "
    "smartwatch, "
    "shoe, sneaker, boot, toy, key, sandwich, coffee, tea, bread, food, meal, soup, burger, ice cream, chocolate, "
    "tool, hammer, "
    "sword, gun, guitar, violin, piano, microphone, headphone, earbud, battery, shirt, sweater, jacket, product, "
    "gadget, "
    "device, medicine, pill, honey, milk, juice, wine, beer, water bottle, soap, shampoo, toothbrush, pillow gift, "
    "bone, fish bait, "
    "money, credit card, wand, axe, shovel, bucket, rope ladder, ladder, broom, telescope, compass, flute, drum "
    "kit, trumpet, saxophone, "
    "sausage, salad, sushi, snack, candy, sweet, lollipop, cookie box, pasta, rice, solar panel, app",
    "book": "letter, map, newspaper, magazine, scroll, note, message, postcard, paper, envelope, photo, photograph, "
    "picture, "
    "painting, ticket, recipe, spellbook, homework, document, contract, certificate, list",
    "flower": "plant, seedling, potted plant, clover, cactus, branch of olive, grape, wheat, dandelion, sapling",
}

CAMERA: dict[str, str] = {
    "static": "static, static shot, static camera, locked-off, locked off, tripod, fixed camera, still camera, "
    "camera stays still, "
    "camera does not move, camera is still, no camera movement, the camera holds",
    "pan left": "pan left, pans left, pan to the left, camera left, left pan, panning left",
    "pan right": "pan right, pan to the right, camera right, right pan, pan across, panning shot, pan over, pan, "
    "panning right",
    "tilt up": "tilt up, camera looks up, camera tilts up, tilt upward, tilt upwards",
    "tilt down": "tilt down, camera looks down, tilt downward, tilt downwards, tilt",
    "dolly in": "dolly in, push in, zoom in, camera moves closer, slow zoom, moves in, camera approaches, slow push "
    "in, zoom into, "
    "push-in, slow push-in, dolly, zoom, camera moves in, camera zooms in, camera comes closer, camera pushes in, "
    "zoom to, "
    "dolly forward, camera goes closer",
    "dolly out": "dolly out, pull out, pull back, zoom out, pull away, camera moves away, pullback, moves back, "
    "camera pulls back, dolly back, "
    "camera retreats",
    "truck left": "truck left, track left, tracking left, slide left, camera moves left, dolly left, travelling left",
    "truck right": "truck right, track right, tracking right, slide right, camera moves right, dolly right, "
    "travelling right",
    "track": "tracking shot, camera follows, drone follows, follow shot, camera tracks, tracking, travelling shot, "
    "camera moves along, camera accompanies, "
    "steadicam, following shot, trucking shot, camera follow, dolly shot along",
    "crane up": "crane up, camera rises, drone rises, drone shot, aerial shot, bird's-eye view, bird's eye view, "
    "camera goes up, "
    "camera climbs, camera lifts, jib up, crane shot, drone ascends, camera soars, from above, "
    "aerial view, drone pulls up, "
    "drone footage, boom up, camera ascends, overhead shot, drone climbs",
    "crane down": "crane down, camera descends, drone descends, camera sinks, camera comes down, camera lowers, "
    "drone comes down, jib down, "
    "boom down, camera drops, drone lands, drone sinks",
    "roll": "camera rolls, dutch angle, camera roll, canted, tilted camera, barrel roll, dutch tilt, rolling "
    "camera, camera spins, camera rotates",
    "handheld": "handheld, hand-held, shaky, shaky cam, hand held, documentary style, documentary camera, shaky "
    "camera, found footage, pov, "
    "point of view, pov shot",
    "whip pan": "whip pan, swish pan, fast pan, whip-pan, quick pan",
    "crash zoom": "crash zoom, fast zoom, snap zoom, quick zoom, rapid zoom, smash zoom",
    "bolt": "bolt shot, bolt camera, high-speed camera, bolt move, robot arm camera, speed ramp",
}
FRAMINGS: dict[str, str] = {
    "wide": "wide shot, long shot, establishing shot, wide angle, wide-angle, extreme wide shot, full shot, panorama, "
    "establishing, master shot, wide view, panoramic view, aerial shot, aerial view, drone shot, from far away",
    "medium": "medium shot, mid shot, two-shot, two shot, waist shot, medium close-up, over the shoulder, "
    "over-the-shoulder, mid-shot, "
    "cowboy shot, american shot",
    "close": "close-up, close up, closeup, close shot, extreme close-up, detail shot, tight shot, macro shot, "
    "macro, extreme close up, "
    "close on, tight on, close-ups, insert shot, face shot, portrait shot",
}
STYLES: dict[str, str] = {
    "storybook": "storybook, storybook style, picture book, fairy tale style, cartoon, cartoon style, children's "
    "book, illustrated, illustration",
    "watercolour": "watercolour, watercolor, aquarelle, watercolour style, water colour, watercolor style",
    "ink": "ink, ink drawing, ink style, pen and ink, ink wash, sumi-e, black and white drawing, line drawing, "
    "sketch style, comic style",
    "papercut": "papercut, paper cut, paper-cut, cut-out, cutout, paper collage, collage, papercraft, paper craft, "
    "origami style, cut paper",
    "pixel": "pixel, pixel art, 8-bit, 8 bit, retro game, pixelated, 16-bit, video game style",
}
NEAR_STYLES: dict[str, str] = {
    "storybook": "photorealistic, realistic, live action, live-action, cinematic realism, 3d animation, pixar "
    "style, pixar, disney, disney style, "
    "claymation, stop motion, stop-motion, oil painting, impressionist, clay animation, cgi, photoreal, hyperrealistic",
    "ink": "noir, film noir, manga, anime, anime style, manga style, comic book, black and white, black-and-white, "
    "monochrome, charcoal drawing, "
    "graphic novel, ghibli, studio ghibli, ghibli style",
    "watercolour": "pastel, impressionism, gouache, monet, van gogh",
    "papercut": "lego, bauhaus, minimalist style, flat design, paper puppet",
    "pixel": "minecraft, retro, vhs, synthwave, vaporwave, low poly, cyberpunk style",
}
MOODS: dict[str, str] = {
    "calm": "calm, peaceful, gentle, soft, serene, relaxing, quiet, tranquil, slow, soothing, lullaby, ambient, "
    "warm, tender, dreamy, romantic, "
    "cosy, cozy, relaxed, mellow, meditative, hopeful, lofi, lo-fi, piano, acoustic, love, peace, heartwarming, "
    "beautiful, idyllic",
    "playful": "playful, happy, funny, cheerful, fun, joyful, light-hearted, lighthearted, jolly, upbeat, merry, "
    "comic, comedy, whimsical, silly, "
    "quirky, bouncy, lively, energetic, pop, ukulele, cute, humorous, comedic, sweet, jazz, joy, happiness, samba, "
    "reggae, disco, party music, "
    "catchy, bright, glad, delighted, birthday",
    "tense": "tense, scary, dark, suspenseful, dramatic, thrilling, frightening, spooky, horror, thriller, action, "
    "urgent, ominous, menacing, "
    "nervous, suspense, creepy, danger, dangerous, frantic, fear, war, intense, electronic, techno, heavy metal, "
    "metal, rock, fast, terrifying, "
    "angry, noir mood",
    "triumphant": "triumphant, epic, heroic, victorious, uplifting, inspiring, inspirational, grand, powerful, "
    "majestic, proud, glorious, "
    "victory, fanfare, orchestral, motivational, exciting, adventurous, adventure, success, freedom, brave, "
    "courage, celebration, festive, anthem",
    "sad": "sad, melancholy, melancholic, lonely, sorrowful, tragic, mournful, gloomy, wistful, heartbroken, "
    "bittersweet, nostalgic, loneliness, "
    "grief, loss, sorrow, blue mood, crying, nostalgia, emotional, blues, sadness, farewell, homesick, unhappy, "
    "depressed, mourning, longing",
    "mysterious": "mysterious, magical, mystical, eerie, enigmatic, strange, enchanted, haunting, surreal, magic, "
    "mystery, ethereal, weird, "
    "otherworldly, secret, hidden, unknown, dreamlike, psychedelic, sci-fi, science fiction, cosmic, wonder, "
    "curious, haunted, ghostly, uncanny",
}
NUMBERS: dict[str, int] = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "sixteen": 16,
    "eighteen": 18,
    "twenty": 20,
    "twenty-four": 24,
    "thirty": 30,
    "forty": 40,
    "forty-five": 45,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "both": 2,
    "single": 1,
    "lone": 1,
    "thirteen": 13,
    "fourteen": 14,
    "seventeen": 17,
    "nineteen": 19,
    "hundred": 100,
    "thousand": 1000,
    "dozens": 12,
    "hundreds": 100,
    "several": 3,
    "many": 3,
    "some": 3,
    "few": 3,
    "various": 3,
}
DIRECTIONS: dict[str, str] = {
    "left": "left, to the left, leftward, leftwards, to its left, from right to left, from the right, towards the "
    "left, toward the left, "
    "on the left-hand side, screen left, west, from the right side",
    "right": "right, to the right, rightward, rightwards, from left to right, from the left, towards the right, "
    "toward the right, screen right, "
    "east, from the left side",
    "up": "up, upward, upwards, into the sky, skyward, into the air, high",
    "down": "down, downward, downwards, to the ground, from the sky, from above",
}
