"""Nouns for who and what can be seen, and the nearest thing for what cannot be drawn.

A key is a word of the world followed by what the noun also says (``dog size=small``). Entries are comma-separated
lemmas. ``SAME`` words mean the thing itself; ``NEAR`` words are drawn as the key and reported.
"""

from __future__ import annotations

SAME: dict[str, str] = {
    "child": "child, kid, boy, girl, youngster, schoolboy, schoolgirl, son, daughter, brother, sister, little one, "
    "young girl, young boy, little girl, little boy",
    "child size=small": "baby, infant, toddler",
    "woman": "woman, lady, mother, mum, mom, mama, mummy, mommy, grandmother, grandma, granny, aunt, wife, gran, "
    "girlfriend, young woman, old woman, businesswoman",
    "man": "man, gentleman, guy, father, dad, papa, daddy, grandfather, grandpa, grandad, uncle, husband, fellow, "
    "boyfriend, young man, old man, businessman",
    "person": "person, human, somebody, someone, figure, adult, traveller, traveler, stranger, wanderer, walker, "
    "passenger, passer-by, pedestrian, tourist, visitor, villager, hiker, runner, jogger, lover, neighbour, neighbor, "
    "parent, grandparent",
    "knight": "knight",
    "astronaut": "astronaut, cosmonaut, spaceman, spacewoman, space explorer",
    "robot": "robot, android, droid, bot",
    "fox": "fox, vixen",
    "fox size=small": "fox cub, fox kit, baby fox",
    "cat": "cat, tomcat, tabby, kitty",
    "cat size=small": "kitten",
    "dog": "dog, hound, doggy, doggie, labrador, retriever, terrier, poodle, sheepdog, dachshund, collie, corgi, "
    "husky, "
    "beagle, bulldog, mutt",
    "dog size=small": "puppy, pup",
    "rabbit": "rabbit, bunny, hare",
    "bear": "bear, grizzly, teddy bear, brown bear",
    "bear size=small": "bear cub, baby bear",
    "bear colour=white": "polar bear",
    "bear colour=black": "black bear",
    "deer": "deer, stag, doe, buck",
    "deer size=small": "fawn",
    "horse": "horse, stallion, mare, pony",
    "horse size=small": "foal, colt",
    "bird": "bird, songbird",
    "bird size=small": "chick, nestling",
    "owl": "owl, barn owl",
    "owl colour=white": "snowy owl",
    "penguin": "penguin",
    "fish": "fish",
    "fish colour=orange": "goldfish, clownfish",
    "whale": "whale, humpback, blue whale",
    "turtle": "turtle, tortoise, sea turtle",
    "dragon": "dragon, wyvern",
    "car": "car, automobile, sports car, racing car, race car, vehicle",
    "car size=small": "toy car",
    "train": "train, locomotive, steam train, railway train, express",
    "boat": "boat, sailboat, sailing boat, ship, rowboat, rowing boat, fishing boat",
    "boat size=small": "paper boat, toy boat, little boat",
    "rocket": "rocket, rocketship, rocket ship",
    "balloon": "balloon, hot air balloon, hot-air balloon",
    "ball": "ball, football, soccer ball, beach ball, basketball, tennis ball, rubber ball",
    "lantern": "lantern, lamp, paper lantern, street lamp, streetlamp, lamppost, lighthouse lamp",
    "kite": "kite",
}

NEAR: dict[str, str] = {
    "child": "teenager, teen, student, pupil, twin, orphan, scout, kindergartner, mermaid, cupid, angel, hobbit, "
    "dwarf, "
    "scarecrow, puppet, doll",
    "child wears=cape": "little red riding hood, red riding hood",
    "man wears=hat colour=red": "santa claus, santa, father christmas",
    "child wears=crown": "prince, princess",
    "child colour=white": "ghost, snowman, spirit, phantom",
    "child colour=green size=small": "elf, goblin, leprechaun, gnome, imp, pixie, sprite",
    "child size=small": "fairy",
    "woman wears=crown": "queen, empress",
    "woman wears=hat colour=black": "witch, sorceress",
    "woman": "actress, waitress, nurse, ballerina, bride, goddess, nun, housewife, hostess, policewoman, saleswoman, "
    "heroine, fisherwoman",
    "man wears=crown": "king, emperor, pharaoh",
    "man wears=hat colour=purple": "wizard, sorcerer, mage, magician, merlin",
    "man wears=hat": "cowboy, sheriff, detective, pirate, gardener, farmer, mariachi, gaucho",
    "man wears=cape": "superhero, hero, vampire, dracula, superman, batman, villain",
    "man": "fisherman, postman, mailman, fireman, policeman, salesman, waiter, monk, priest, grandson, groom, actor, "
    "sailor, captain, caveman, craftsman, lumberjack, zombie, frankenstein, mummy king, watchman, milkman, snowboarder",
    "man size=large": "giant, ogre, troll, cyclops, titan",
    "person": "doctor, teacher, scientist, engineer, artist, painter, musician, dancer, singer, chef, cook, baker, "
    "writer, "
    "poet, worker, driver, pilot, officer, firefighter, lawyer, judge, president, leader, boss, manager, employee, "
    "developer, programmer, designer, photographer, filmmaker, journalist, reporter, athlete, player, swimmer, surfer, "
    "skier, climber, cyclist, biker, rider, racer, explorer, adventurer, hunter, shepherd, librarian, professor, "
    "pianist, violinist, guitarist, drummer, dj, clown, acrobat, juggler, builder, mechanic, plumber, customer, "
    "client, "
    "shopkeeper, seller, merchant, barista, owner, user, guest, patient, friend, enemy, beekeeper, hairdresser, spy, "
    "thief, burglar, robber, prisoner, beggar, influencer, gamer, narrator, presenter, speaker, host, mountaineer, "
    "diver, scuba diver, skater, potter, weaver, blacksmith, inventor, astronomer, geologist, archaeologist, tailor, "
    "surgeon, pharmacist, accountant, gymnast, boxer, wrestler, goalkeeper, referee, coach, champion, winner, guard, "
    "caretaker, lighthouse keeper, keeper, owner, bride and groom",
    "knight": "warrior, soldier, samurai, viking, gladiator, ninja, paladin, crusader, guardsman, swordsman, archer, "
    "musketeer, spartan",
    "robot": "cyborg, machine, transformer, computer, terminator, ai, drone, satellite, rover, mars rover",
    "robot colour=green size=small": "alien, extraterrestrial, martian",
    "robot size=large": "mecha, crane machine, excavator, bulldozer, digger",
    "fox": "wolf, coyote, jackal, dingo, hyena, werewolf",
    "fox size=small": "weasel, ferret, stoat, mongoose, meerkat, red panda",
    "cat size=large colour=orange": "tiger, lynx, tigress",
    "cat size=large colour=yellow": "lion, lioness, cheetah, leopard, puma, cougar, jaguar",
    "cat size=large colour=black": "panther",
    "cat colour=black": "skunk",
    "cat size=small colour=yellow": "lion cub",
    "rabbit size=small": "squirrel, chipmunk, hamster, guinea pig, gerbil, lemming",
    "rabbit size=small colour=brown": "mouse, rat, hedgehog, mole, vole, shrew, porcupine",
    "rabbit": "kangaroo, wallaby",
    "rabbit size=small colour=green": "frog, toad",
    "bear": "badger, beaver, otter, raccoon, sloth, wombat, boar, wolverine, bison, buffalo, monkey, ape, chimpanzee, "
    "chimp, orangutan, baboon, yak",
    "bear colour=black": "gorilla, bull, ox",
    "bear colour=white": "panda, koala, yeti",
    "bear colour=white size=large": "elephant, mammoth",
    "bear colour=brown size=large": "rhino, rhinoceros, hippo, hippopotamus, bigfoot",
    "dog colour=pink": "pig, piglet",
    "dog colour=white": "sheep, lamb, goat, ram, poodle dog",
    "deer": "antelope, gazelle, llama, alpaca, ibex",
    "deer size=large": "moose, elk, giraffe",
    "deer colour=brown": "reindeer, rudolph, kudu",
    "horse colour=white": "unicorn, pegasus, zebra",
    "horse colour=brown": "donkey, mule, camel, centaur, cow, calf, cattle",
    "bird size=small": "sparrow, finch, hummingbird, wren, tit, swallow, lark, nightingale, insect, bug, dragonfly, "
    "robin, bluebird",
    "bird size=small colour=yellow": "canary, bee, wasp, duckling, honeybee, bumblebee",
    "bird size=small colour=orange": "butterfly, moth, ladybug, ladybird, beetle",
    "bird size=small colour=black": "bat, fly, mosquito",
    "bird colour=black": "crow, raven, blackbird, magpie, starling",
    "bird colour=brown": "eagle, hawk, falcon, vulture, condor, turkey, ostrich, pheasant, woodpecker, kestrel, osprey",
    "bird colour=white": "seagull, gull, dove, pigeon, swan, goose, chicken, hen, stork, heron, pelican, albatross, "
    "crane, "
    "tern",
    "bird colour=red": "rooster, cockerel, phoenix, cardinal, macaw",
    "bird colour=green": "parrot, parakeet",
    "bird colour=yellow": "duck",
    "bird colour=blue": "peacock, kingfisher, blue jay",
    "bird colour=pink": "flamingo",
    "penguin": "puffin, auk",
    "penguin colour=brown": "seal, sea lion, walrus, platypus",
    "fish": "salmon, trout, tuna, carp, koi, eel, mackerel, herring, sardine, seahorse, pufferfish, cod, pike, tadpole",
    "fish size=large": "shark, swordfish, manta ray, stingray, barracuda",
    "fish size=large colour=purple": "squid, octopus, kraken",
    "fish size=small colour=red": "shrimp, prawn",
    "turtle colour=red": "crab, lobster",
    "turtle size=small": "snail, slug, lizard, gecko, iguana, chameleon, newt, salamander, worm, caterpillar, starfish",
    "turtle size=small colour=black": "spider, ant, cricket, scorpion",
    "turtle size=large": "crocodile, alligator",
    "turtle": "snake, python, cobra, armadillo",
    "whale size=small": "dolphin, porpoise, narwhal, manatee, beluga",
    "whale colour=black": "orca, killer whale",
    "whale": "submarine, leviathan, sea monster, moby dick",
    "dragon": "dinosaur, monster, beast, creature, hydra, tyrannosaurus, t-rex, t rex, velociraptor, triceratops, "
    "godzilla, pterodactyl, basilisk, loch ness monster, nessie, demon, minotaur, raptor, stegosaurus, brontosaurus",
    "dragon colour=yellow": "griffin, gryphon, sphinx, chimera",
    "car": "truck, lorry, van, bus, jeep, minibus, wagon, cart, carriage, tank, buggy, camper, motorhome, motorcycle, "
    "motorbike, bike, bicycle, scooter, moped, skateboard, tricycle, sleigh, sled, sledge, limousine, pickup, tuk-tuk, "
    "shopping cart, wheelchair, stroller, pram",
    "car colour=yellow": "taxi, cab, school bus",
    "car colour=white": "ambulance, police car",
    "car colour=red": "fire truck, fire engine, ferrari",
    "car colour=green": "tractor",
    "train": "tram, subway, metro, streetcar, monorail, cable car, freight train, bullet train, roller coaster",
    "boat": "yacht, canoe, raft, ferry, kayak, gondola, cruise ship, cruiser, tanker, pirate ship, warship, trawler, "
    "catamaran, dinghy, galleon, titanic, surfboard, ark, steamer, steamship, speedboat, tugboat, vessel",
    "rocket": "spaceship, spacecraft, space shuttle, shuttle, ufo, plane, airplane, aeroplane, jet, aircraft, "
    "helicopter, "
    "missile, glider, space station, flying saucer, starship, probe, fighter jet, airliner, firework",
    "balloon": "blimp, airship, zeppelin, parachute, soap bubble, cloud creature, paraglider, hang glider",
    "balloon colour=pink": "jellyfish, medusa",
    "ball": "marble, boulder, stone, rock, snowball, coin, egg, pebble, wheel, tyre, tire, globe, pearl, acorn, "
    "bubble, "
    "button, drop, raindrop, seed, balloon ball, crystal ball, cookie, cake, pizza, donut, meatball, atom, molecule, "
    "electron, cell, virus, nucleus, walnut, frisbee, puck, dice, mushroom",
    "ball colour=red": "apple, tomato, cherry, strawberry, berry",
    "ball colour=orange": "pumpkin, orange fruit, peach, planet mars, carrot",
    "ball colour=yellow": "lemon, gold coin, banana, cheese",
    "ball colour=green": "watermelon, melon, lime, pear, cabbage",
    "ball size=large colour=blue": "planet, globe of the earth, planet earth, earth",
    "ball size=large colour=orange": "asteroid, meteor, meteorite, comet, jupiter, mars, venus, mercury, saturn",
    "lantern": "candle, torch, light bulb, lightbulb, bulb, flashlight, chandelier, crystal, jewel, gem, diamond, jar, "
    "vase, bottle, glass, cup, mug, teapot, kettle, trophy, clock, bell tower light, lightsaber, led, fairy light, "
    "shooting star, falling star, wishing star, perfume, lotion, chess piece, hourglass",
    "lantern size=small colour=yellow": "firefly, spark, glow-worm, candlelight",
    "lantern colour=orange": "campfire, bonfire, fire, flame, fireplace, lava lamp",
    "kite": "flag, feather, paper plane, paper airplane, leaf, banner, sail, carpet, magic carpet, flying carpet, "
    "boomerang, snowflake",
}

GROUPS: dict[str, int] = {
    "pair": 2,
    "couple": 2,
    "duo": 2,
    "trio": 3,
    "group": 3,
    "flock": 3,
    "herd": 3,
    "pack": 3,
    "school": 3,
    "swarm": 3,
    "crowd": 3,
    "family": 3,
    "team": 3,
    "gang": 3,
    "bunch": 3,
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "army": 100,
    "band": 3,
    "row": 3,
    "pod": 3,
    "litter": 3,
    "fleet": 3,
    "colony": 3,
    "cluster": 3,
    "million": 1_000_000,
}
"""Nouns of quantity: "a flock of birds". More than three are drawn as three."""

PEOPLE: dict[str, str] = {
    "people": "person:2", "crowd": "person:3", "family": "woman+man+child", "couple": "woman+man",
    "everyone": "person:3", "everybody": "person:3", "friend": "person:1", "audience": "person:3", "team": "person:3",
    "class": "child:3", "army": "knight:3", "grandparents": "woman+man", "parents": "woman+man", "band": "person:3",
    "orchestra": "person:3", "choir": "person:3", "tribe": "person:3", "crew": "person:3", "twins": "child:2",
    "newlywed": "woman+man", "society": "person:3", "community": "person:3", "humanity": "person:3", "gang": "person:3",
}  # fmt: skip
"""Nouns that stand for several people, when nothing follows with "of"."""

HERS = (
    "mira anna emma lily luna sophie sophia maria mary alice eva ella mia zoe clara nora rosa julia sarah sara "
    "laura lucy "
    "olivia ava grace hannah ida greta heidi ingrid carmen elena sofia isabella camila lucia marie claire amelie chloe "
    "juliette yuki sakura mei aisha fatima priya amara nina lena jane kate emily charlotte daisy ruby molly maya leila "
    "jasmine dorothy elsa wendy tina susan linda karen betty agnes flora iris violet hazel"
)
HIS = (
    "tom tim max leo ben sam jack john peter paul james david daniel noah oliver liam lucas luke finn felix oscar hugo "
    "henry george charlie william michael thomas mark martin simon adam alex robert bob bill joe jim harry jonas karl "
    "hans fritz pedro pablo juan carlos diego luis miguel jose antonio pierre jean louis jacques antoine hiroshi kenji "
    "ahmed omar ali raj arjun ivan igor boris otto emil theo arthur frank fred george kevin brian steve nemo pinocchio"
)
PETS = (
    "rex:dog fido:dog rover:dog lassie:dog buddy:dog whiskers:cat tom-cat:cat felix-cat:cat bambi:deer dumbo:bear "
    "bubbles:fish nemo:fish simba:cat baloo:bear"
)
