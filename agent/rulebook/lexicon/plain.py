"""Words that need no picture of their own: function words, plain adjectives, and words for which none exists."""

from __future__ import annotations

from agent.rulebook.lexicon.words import word_set

FUNCTION = word_set(
    "a an the this that these those my your our his her its their some any each every all both either another "
    "other of in on at to from by with without into onto over under through across between among near beside "
    "behind before after above below around about against along during until till upon within off out up down "
    "as like than for per via toward towards beneath underneath inside outside past next opposite throughout "
    "amid amidst beyond and or but nor so yet then if because while when where who whom whose which what why "
    "how whenever wherever though although since unless however therefore meanwhile also too very just only "
    "even still again ever never not no yes i you he she it we they me him us them mine yours hers ours "
    "theirs myself himself herself itself themselves there here now soon later finally first second third "
    "last once twice more most less least much many few lot lots really quite almost already always often "
    "sometimes usually maybe perhaps please let lets s t d ll re ve m is am are was were be been being do "
    "does did have has had will would can could shall should may might must such own same else enough rather "
    "etc ok okay oh ah hey one ones thing things something anything nothing everything way kind sort type bit "
    "part piece instead together apart away back forth suddenly slowly quickly gently softly eventually "
    "afterwards afterward next everywhere somewhere nowhere anyone nobody upside"
)

PLAIN = word_set(
    "old new good bad nice lovely pretty handsome ugly clever wise stupid rich poor strong weak fresh ancient "
    "modern classic shiny glowing bright lit burning shining sparkling sleepy tired hungry thirsty curious "
    "careful careless wild tame friendly kind loyal warm cold hot cool freezing frozen icy wet dry deep "
    "shallow high low long short wide narrow thick thin fat slim round square sharp flat smooth rough heavy "
    "empty full open closed alone lost favourite favorite special real true false perfect simple easy hard "
    "difficult important famous great wonderful amazing awesome incredible fantastic magnificent stunning "
    "gorgeous charming elegant stylish fluffy furry fuzzy feathered winged wooden metal plastic stone glass "
    "paper iron steel broken lonely loud silent still busy lazy slow fast quick rapid sudden final last whole "
    "entire half several main different similar various certain possible impossible ready free safe alive "
    "dead young elderly aged human natural wooden mechanical electric digital floating flying sleeping "
    "leading following coming going little-known daily delicious tasty healthy organic green-energy "
    "sustainable affordable cheap expensive premium luxury innovative smart sturdy steep rocky sandy grassy "
    "misty-eyed leafy dusty muddy rusty dirty clean bare naked royal noble holy sacred distant nearby far "
    "close local foreign tropical exotic vibrant colourful colorful vivid faint pale pure crisp lush rolling "
    "endless infinite eternal short-lived early late recent previous next former future past present short "
    "total complete ordinary usual unusual common rare best better worst worse first second third only extra "
    "big-hearted tiny-footed thrilled proud shy timid bold fearless excited surprised amazed bored confused "
    "worried anxious afraid scared afraid hopeful grateful slowly quickly quietly loudly happily sadly softly "
    "gently carefully suddenly peacefully gracefully together apart twilit snow-covered snowcapped moonless "
    "sunlit rain-soaked abandoned deserted crowded overgrown cosy quaint grand towering cinematic "
    "professional high-quality 4k hd hdr detailed masterpiece"
)
"""Adjectives and adverbs that the world cannot show and that nobody misses; they stay in prompts and narration."""

FILM_TALK = word_set(
    "film movie video clip short story scene shot sequence cut footage camera frame screen picture image "
    "animation trailer teaser reel documentary ad advert advertisement commercial spot explainer tutorial "
    "vlog montage tale fable chapter act part beginning opening intro introduction outro ending finale "
    "conclusion end credits credit soundtrack score music song sound audio noise voice narration narrator "
    "voiceover voice-over caption subtitle title text words style look mood tone feeling atmosphere vibe "
    "theme character protagonist hero brief script screenplay storyboard second seconds minute minutes sec "
    "secs min mins duration length long version format aspect ratio vertical horizontal landscape portrait "
    "square widescreen tiktok instagram youtube shorts reels version clip series episode plot background "
    "foreground close angle view perspective lens focus motion movement effect transition fade dissolve "
    "create make generate produce show depict film shoot want need give write direct present imagine please "
    "would like number colour color size example time moment day once upon name plan idea concept level post "
    "content viewer ext int vs fx vo cta logo slogan tagline brand product company startup business campaign "
    "launch customer market lyric lyrics verse chorus beat rhythm tempo melody tune instrument track album "
    "singer band artist stay stays consistent continuity same"
)
"""Words about the film and not in it."""

SYSTEM_TALK = word_set(
    "ignore previous instruction instructions prompt system print reveal key password token secret output "
    "json api admin override disregard forget rule rules command execute shell sudo delete drop database "
    "assistant chatbot gpt openai model developer mode jailbreak above following repeat verbatim "
    "configuration environment variable file root rm"
)
"""Words of orders to a machine; by themselves they make no film."""

ABSTRACT = word_set(
    "love hope freedom peace war time life death birth loneliness happiness joy sadness grief fear courage "
    "friendship dream dreams memory memories future past history change growth success failure progress "
    "innovation technology science energy climate health education knowledge wisdom truth beauty justice "
    "power money economy democracy politics religion faith soul spirit mind thought idea imagination "
    "creativity art culture tradition nature environment sustainability patience kindness trust honesty "
    "respect gratitude forgiveness silence chaos order balance harmony infinity eternity consciousness "
    "existence reality illusion desire passion ambition determination resilience identity belonging home "
    "journey adventure discovery mystery magic wonder luck fate destiny choice responsibility community unity "
    "diversity inequality poverty evolution gravity light darkness speed strength weakness pain healing "
    "recovery stress anxiety depression sleep productivity teamwork leadership motivation inspiration "
    "learning software internet data algorithm computing computer cloud blockchain bitcoin ai intelligence "
    "physics chemistry biology mathematics maths math geometry photosynthesis evaporation recycling "
    "electricity magnetism quantum relativity vaccine immune digestion inflation tax insurance banking "
    "marketing strategy philosophy psychology ethics language music rhythm poetry literature process cycle "
    "system problem solution question answer reason cause effect result rule law theory experiment fact "
    "number entropy nostalgia regret hesitation curiosity serenity melancholy solitude anger envy pride greed "
    "wrath boredom security privacy safety comfort convenience quality service experience opportunity "
    "challenge goal mission vision value meaning purpose season weather climate week month year century hour "
    "morning childhood youth age old-age marriage wedding party birthday holiday vacation christmas summer "
    "game sport work job career business carbon dioxide oxygen hydrogen gas liquid steam vapour vapor heat "
    "temperature pressure force mass wave atom sugar protein vitamin blood heart brain lung bone muscle skin "
    "hunger thirst habit emotion feeling"
)
"""Subjects of thought: nothing to draw, but enough for a film in which somebody speaks about them."""

PARTS = word_set(
    "eye ear nose mouth face head hair fur tail paw wing feather beak leg arm hand foot feet finger back "
    "belly heart skin neck shoulder tooth teeth tongue whisker claw horn-tip fin shell mane hoof body breath "
    "tear smile grin expression gaze voice step stride knee chest lip cheek wingspan engine-room door window "
    "wheel-rim headlight string rope cord tip edge soul shadow reflection footprint nest dream song tune "
    "story name wish"
)
"""Parts and possessions that come with their owner."""

PRONOUNS: dict[str, str] = {
    "he": "he", "him": "he", "himself": "he", "she": "she", "herself": "she", "hers": "she", "it": "it", "itself": "it",
    "they": "they", "them": "they", "themselves": "they", "both": "they", "each other": "they", "one another": "they",
    "we": "we", "us": "we", "i": "i", "me": "i", "you": "you",
}  # fmt: skip

GENERIC: dict[str, str] = {
    "animal": "animal",
    "creature": "animal",
    "pet": "animal",
    "predator": "animal",
    "prey": "animal",
    "cub": "animal",
    "friend": "they",
    "pal": "they",
    "buddy": "they",
    "companion": "they",
    "hero": "it",
    "heroine": "it",
    "traveller": "it",
    "wanderer": "it",
    "duo": "they",
    "pair": "they",
    "trio": "they",
    "toy": "thing",
    "protagonist": "it",
    "character": "it",
    "little fellow": "it",
    "owner": "person",
    "rider": "person",
    "machine": "thing",
    "vehicle": "thing",
    "vessel": "thing",
    "passenger": "person",
    "stranger": "person",
    "lover": "they",
    "bird of prey": "animal",
    "beast": "animal",
    "rival": "they",
    "sibling": "they",
    "sky dweller": "animal",
}
"""Nouns that usually point back at somebody already named."""

ORDER: dict[str, str] = {
    "then": "next",
    "next": "next",
    "afterwards": "next",
    "later": "jump",
    "finally": "next",
    "after that": "next",
    "at last": "next",
    "in the end": "next",
    "eventually": "jump",
    "suddenly": "next",
    "meanwhile": "cut",
    "at the same time": "with",
    "while": "with",
    "whilst": "with",
    "as": "with",
    "first": "next",
    "at first": "next",
    "before": "before",
    "after": "after",
    "when": "with",
    "until": "next",
    "once": "after",
    "soon": "next",
    "the next day": "jump",
    "the next morning": "jump",
    "years later": "jump",
    "days later": "jump",
    "that night": "jump",
    "the following day": "jump",
    "hours later": "jump",
    "one day": "next",
    "at the end": "next",
    "in the beginning": "next",
    "to begin with": "next",
    "second": "next",
    "third": "next",
    "lastly": "next",
    "afterward": "next",
    "elsewhere": "cut",
}

FIXED = (
    "once upon a time, every day, all day, day after day, a day, these days, at a time, one of, all of, of "
    "course, in front of, next to, because of, as well, side by side, at once, day by day, in love, for a "
    "while, in time, each day, of the day, good night, from time to time, a lot of, lots of, a few of, at "
    "all, such as, for example, at home in, on top of, happily ever after"
)
"""Phrases in which no word means what it says elsewhere."""
