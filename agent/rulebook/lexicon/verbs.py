"""Verbs: what can be performed, what is performed as something near, and what sounds, speech and thought become."""

from __future__ import annotations

from agent.rulebook.lexicon.words import word_set

SAME: dict[str, str] = {
    "stand": "stand, wait, stay, stop, pause, halt, remain, freeze, stand still, stand there, pose, linger, hold "
    "still, "
    "come to a stop, come to rest",
    "walk": "walk, stroll, wander, stride, march, hike, trek, tiptoe, amble, pace, step, plod, saunter, roam, go, "
    "come, move, "
    "travel, arrive, approach, enter, leave, return, head, cross, pass, journey, set off, set out, go home, walk "
    "home, walk on, "
    "continue, make its way, make her way, make his way, make their way, pass by, go back, come back, come home, "
    "depart, "
    "proceed, trudge, stagger, limp, waddle, reach, venture, advance, retreat, move on, parade",
    "run": "run, dash, sprint, race, rush, hurry, gallop, jog, flee, escape, scurry, scamper, speed, run away, "
    "hasten, bolt, "
    "run in circles, race in circles, run around, "
    "roll, trot, charge, run off, zoom past, whiz, drive, drive off, ride off, rush home, run home, patter",
    "jump": "jump, leap, hop, skip, pounce, spring up, bound, vault, jump up, leap up, jump over",
    "fly": "fly, soar, glide, hover, float, drift, flutter, swoop, fly away, fly off, fly by, fly home, blow away, "
    "flap, flit, circle",
    "swim": "swim, paddle, dive, sail, row, snorkel, sail away, float downstream, swim away, plunge, cruise, set "
    "sail, surf, wade",
    "sleep": "sleep, nap, doze, snooze, slumber, fall asleep, go to sleep, go to bed, take a nap, be asleep, dream, "
    "doze off, "
    "nod off, hibernate, asleep",
    "wake": "wake, awake, awaken, wake up, get up, get out of bed, open its eyes, open her eyes, open his eyes, "
    "open their eyes, stir",
    "spin": "spin, twirl, whirl, rotate, pirouette, turn around, turn in circles, revolve, spin around, swirl, turn "
    "round",
    "bounce": "bounce, bob, wobble, bounce up and down, jiggle",
    "wave": "wave, wave goodbye, wave hello, say goodbye, beckon, wave back, say hello, gesture",
    "look around": "see, find, discover, hear, look around, look, watch, gaze, stare, peer, look about, look up, "
    "look down, look back, search, seek, "
    "observe, notice, spot, look for, glance, examine, inspect, look out, look at, investigate, admire, look into, "
    "keep watch",
    "land": "land, touch down, alight, settle, perch, fall, descend, come down, drop, crash, sink, tumble, plummet, "
    "fly down",
    "rise": "rise, take off, lift off, launch, ascend, stand up, blast off, float up, fly up, take flight, soar up, "
    "climb into the sky, "
    "rise up, float away, lift, go up, take to the air, take to the sky, emerge, surface, sprout",
    "carry": "carry, hold, bring, take, fetch, deliver, pick up, hold up, lift up, clutch, grab, drag, transport, "
    "pull, haul, "
    "bear, collect, pick, gather, present",
    "chase": "chase, follow, pursue, hunt, run after, stalk, track, race after, chase after, tail, fly after",
    "meet": "meet, greet, encounter, befriend, hug, embrace, visit, join, welcome, come across, bump into, shake "
    "hands, "
    "reunite, meet up, kiss, cuddle, snuggle, be reunited, find each other, face",
}

NEAR: dict[str, str] = {
    "stand": "sit, sit down, kneel, crouch, rest, lean, read, write, draw, paint, sketch, study, work, pray, "
    "meditate, listen, smile, cry, "
    "weep, think, wonder, hope, wish, remember, forget, believe, know, feel, live, exist, grow, shine, glow, "
    "sparkle, glitter, "
    "twinkle, shimmer, burn, melt, drink, eat, cook, bake, taste, smell, sniff, frown, blush, breathe, hide, hang, "
    "lick, chew, brew, "
    "knit, sew, type, count, paint a picture, graze, nibble, feed, bloom, blossom, flower, decide, plan, realise, "
    "realize, understand, learn, "
    "teach, repair, fix, build, make, create, craft, plant, water, clean, wash, brush, pour, stir soup, mix, steer, "
    "use, wear, touch, open, close, shut, lock, unlock, measure, weigh, cut, chop, tie, need, want, suffer, serve, "
    "buy, sell, pay, "
    "choose, belong, own, save, protect, guard, help, heal, love, hate, miss, become, change, transform, turn into, "
    "form, evaporate, "
    "condense, flow, freeze over, heat, cool, cool down, warm, absorb, release, produce, store, combine, split, "
    "spread, connect, "
    "photograph, film, record, blow, point, nod, shrug, yawn, sigh, sneeze, tremble, shiver, shake, breathe in, "
    "lie, "
    "relax, order, sip, enjoy, solve, invent, explain, show, reveal, discuss, argue, vote, win, lose, mourn, die, "
    "age, survive, "
    "try, fail, succeed, begin, start, finish, end, sway, swing, arrange, decorate, light, kindle, share, wonder "
    "about, "
    "unfold, keep warm, keep cold, fade, scroll, queue, dig, sweep, appear, disappear, vanish, possess, freeze over, "
    "turn on, switch on, turn off, switch off, put out, light up, have a picnic, picnic, have breakfast, have "
    "lunch, have dinner, have tea, "
    "strum, tune, fish, hurt, wound, cast a spell, charm, glint, gleam, flicker, blink, blink awake, wink, purr softly",
    "walk": "climb, crawl, sneak, creep, skate, ski, slide, slither, explore, climb up, climb down, push, lead, "
    "guide, "
    "scout, patrol, plough, plow, mow, balance, shop, migrate, stumble, trip, deliver post, commute, "
    "orbit, haunt",
    "run": "play football, play soccer, panic, compete, exercise, train, practise, practice, defend, work out, "
    "skid, cycle, bike, skateboard, kick, invade, conquer, hurtle",
    "jump": "celebrate, play, cheer, clap, skip rope, throw, catch, juggle, dance around, rejoice, wag, splash, "
    "hit, throw a ball, shoot, "
    "somersault, giggle, party, have fun, tease, romp, frolic, toss, fling, whoop, pop, hatch, break free, explode, "
    "burst, erupt",
    "fly": "hang glide, parachute, skydive, paraglide, blow, float by, levitate, teleport, spread its wings, beat "
    "its wings",
    "swim": "drown, bathe, wash over, take a bath, splash around, bubble up",
    "sleep": "faint, pass out, lie asleep, snore, rest in peace, lie still, lie down, go to rest, curl up",
    "spin": "dance, waltz, tango, turn, twist, ballet, breakdance, stir, whirl around, dance ballet, tap dance, "
    "perform, skate in circles",
    "look around": "stare at, be lost, get lost, think about, wonder at, recognise, recognize, dream of, spy, "
    "check, read a map, be surprised, gasp, ponder, consider, imagine, find out, test, compare, look after, scan, "
    "monitor, "
    "research, analyse, analyze, be afraid, fear, worry, doubt, guess, watch over, remember the past, await",
    "rise": "inflate, stretch, wake from, stand tall, stretch out, shoot up, be born, awaken from, wake up from",
    "carry": "unload, load, give, offer, hand, receive, hand over, steal, wield, raise, put, place, set down, "
    "put down, "
    "treasure, throw away, "
    "unwrap, wrap, pack, lift weights, hug a teddy, swap, exchange, return with, feed with, advertise, promote, "
    "shake a box, "
    "leave behind, hide a, present with, eat an, drink a, cup",
    "chase": "herd, catch up, race against, hunt down, attack, stalk after, attack the, scare away, scare, "
    "threaten, frighten",
    "meet": "talk, speak with, talk to, speak to, chat, play with, dance with, marry, comfort, rescue, fight "
    "against, look at each other, "
    "fall in love, love each other, be friends, become friends, make friends, share with, thank, forgive, ask, "
    "answer, tell, "
    "nuzzle, pet, stroke, feed the, help the, persuade, trade, hold hands, confront, challenge, team up, get "
    "married, interview, fight with, fight, battle, duel, wrestle, defeat, slay, box, quarrel, struggle with",
}

SOUNDS: dict[str, tuple[str, str]] = {
    "bark": ("bark", "stand"), "meow": ("meow", "stand"), "miaow": ("meow", "stand"), "purr": ("meow", "sleep"),
    "growl": ("growl", "stand"), "roar": ("roar", "stand"), "hoot": ("hoot", "stand"), "chirp": ("chirp", "stand"),
    "tweet": ("chirp", "stand"), "sing": ("chirp", "stand"), "neigh": ("neigh", "stand"), "whinny": ("neigh", "stand"),
    "snort": ("snort", "stand"), "squeak": ("squeak", "stand"), "yip": ("yip", "stand"), "howl": ("growl", "stand"),
    "laugh": ("laugh", "jump"), "giggle": ("laugh", "jump"), "chuckle": ("laugh", "stand"), "beep": ("beep", "stand"),
    "honk": ("honk", "stand"), "whistle": ("whistle", "stand"), "ring": ("bell", ""), "toll": ("bell", ""),
    "chime": ("chime", ""), "knock": ("knock", "stand"), "splash": ("splash", "jump"), "rumble": ("thunder", ""),
    "thunder": ("thunder", ""), "clank": ("clank", "stand"), "rattle": ("clank", "stand"), "hiss": ("whoosh", "stand"),
    "shout": ("hello", "wave"), "call": ("hello", "wave"), "yell": ("hello", "wave"), "scream": ("hello", "jump"),
    "cry out": ("hello", "wave"), "hum": ("chime", "stand"), "crash": ("thud", "land"), "bang": ("thud", ""),
    "rustle": ("rustle", ""), "buzz": ("engine", ""), "tick": ("knock", ""), "blare": ("horn", "stand"),
    "quack": ("honk", "stand"), "moo": ("growl", "stand"), "bleat": ("squeak", "stand"), "croak": ("growl", "stand"),
    "caw": ("honk", "stand"), "crow": ("honk", "stand"), "screech": ("hoot", "stand"), "toot": ("horn", "stand"),
    "boom": ("thunder", ""), "clap": ("knock", "jump"), "flap": ("flap", "fly"), "crackle": ("rustle", ""),
    "bubble": ("bubble", ""), "drum": ("knock", "stand"), "clatter": ("clank", ""), "jingle": ("bell", ""),
}  # fmt: skip
"""Verb → (sound, what its maker is seen doing; empty when the maker need not be seen)."""

NEAR_SOUNDS: dict[str, tuple[str, str, str]] = {
    "breathe fire, spit fire, spew fire, spout fire, breathe flames, spit flames, breathe flame": (
        "roar",
        "stand",
        "a roar; no fire is drawn",
    ),
}
"""Verbs of which only the sound can be given: (sound, what its maker is seen doing, what is said in the note)."""

SOUND_NOUNS: dict[str, str] = {
    "footstep": "footstep, step sound, steps",
    "splash": "splash, splashing",
    "whoosh": "whoosh, swoosh, gust",
    "engine": "engine, motor, engine noise, chainsaw",
    "thunder": "thunder, thunderclap, boom, explosion, rumble, cannon, gunshot",
    "bell": "bell, church bell, doorbell, gong, sleigh bell, ding, alarm, alarm clock, school bell",
    "thud": "thud, bang, bump",
    "rustle": "rustle, rustling, rustling leaf",
    "laugh": "laugh, laughter, giggle",
    "hello": "hello, shout, greeting, scream, cheer, cheering",
    "clank": "clank, clatter, rattle, chain",
    "radio": "radio, static, radio voice",
    "beep": "beep, blip, beeping",
    "yip": "yip, yelp",
    "meow": "meow, miaow, purr",
    "bark": "bark, barking, woof",
    "squeak": "squeak",
    "growl": "growl, howl, howling",
    "snort": "snort",
    "neigh": "neigh, whinny",
    "chirp": "chirp, birdsong, chirping, tweet, bird call",
    "hoot": "hoot, hooting",
    "honk": "honk, quack",
    "bubble": "bubble sound, bubbling",
    "whale song": "whale song, whalesong",
    "roar": "roar",
    "horn": "horn, foghorn, car horn, ship's horn, siren",
    "whistle": "whistle, train whistle",
    "chime": "chime, wind chime, harp, jingle",
    "knock": "knock, knocking, drum, drumbeat, heartbeat, ticking, clapping, applause",
    "flap": "wing beat, wingbeat, flapping",
}

SPEECH = (
    "say, shout, whisper, ask, answer, reply, cry, call, yell, exclaim, tell, murmur, sing, announce, add, explain, "
    "scream, think, mutter"
)

STILL = (
    "be, have, do, can, will, shall, may, must, could, would, should, might, let, get, seem, like, keep, want to, "
    "begin to, "
    "start to, try to, decide to, need to, have to, be able to, happen, there be, contain, include, feature, see, "
    "show, follow by, "
    "get to, love to, like to, continue to, used to, be about to, manage to, go to, come to, stop to, prepare to, "
    "want, use, "
    "involve, depict, portray, present, open on, cut to, fade to, start with, end with, begin with, end, start, "
    "look like, make, mean, consist, start, finish, keep on"
)
"""Verbs that carry another verb or only say that something is there."""

PARTICLES = word_set(
    "up down away off out back in on over around about along past forward forwards home upward upwards "
    "downward downwards together"
)

IRREGULAR = (
    "be:am,is,are,was,were,been,being,'s,'re,'m go:went,gone,goes run:ran fly:flew,flown,flies swim:swam,swum "
    "sleep:slept "
    "wake:woke,woken,waking see:saw,seen find:found meet:met stand:stood sit:sat rise:rose,risen fall:fell,fallen "
    "come:came take:took,taken bring:brought carry:carried,carries hold:held leave:left give:gave,given say:said,says "
    "tell:told think:thought ring:rang,rung sing:sang,sung begin:began,begun dive:dove swing:swung spin:spun,spinning "
    "catch:caught throw:threw,thrown hide:hid,hidden ride:rode,ridden drive:drove,driven do:did,done,does have:had,has "
    "get:got,gotten make:made eat:ate,eaten drink:drank,drunk speak:spoke,spoken write:wrote,written read:read "
    "build:built feel:felt hear:heard keep:kept lose:lost know:knew,known grow:grew,grown blow:blew,blown "
    "break:broke,broken fight:fought buy:bought sell:sold teach:taught win:won sink:sank,sunk feed:fed lead:led "
    "shine:shone,shining shake:shook,shaken creep:crept leap:leapt,leaped dream:dreamt light:lit slide:slid "
    "steal:stole,stolen swear:swore sweep:swept wear:wore,worn weep:wept lie:lay,lain,lying die:dying tie:tying "
    "become:became hang:hung draw:drew,drawn forget:forgot,forgotten flee:fled send:sent spend:spent set:setting "
    "cut:cutting put:putting hit:hitting shut:shutting hop:hopped,hopping stop:stopped,stopping run:running "
    "shop:shopping swim:swimming sit:sitting jog:jogging nap:napped,napping hug:hugged,hugging pan:panning "
    "zoom:zoomed bob:bobbed,bobbing skip:skipped,skipping grab:grabbed,grabbing chat:chatted,chatting spot:spotted "
    "flap:flapped,flapping dig:dug,digging bake:baking dip:dipped drop:dropped,dropping wag:wagged,wagging can:could "
    "will:'ll,wo not:n't,nt trip:tripped plan:planned,planning step:stepped,stepping slip:slipped "
    "trot:trotted,trotting "
    "flit:flitted nod:nodded clap:clapped,clapping pet:petted,petting tap:tapped rub:rubbed beg:begged show:shown "
    "bite:bit,bitten"
)
