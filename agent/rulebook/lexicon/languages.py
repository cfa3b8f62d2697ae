"""Small dictionaries of German, French, Spanish, Italian and Portuguese: the words films are made of."""

from __future__ import annotations

from agent.rulebook.lexicon.words import word_set

NAMES = {"de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese"}

FUNCTION: dict[str, frozenset[str]] = {
    "de": word_set(
    "der die das den dem des ein eine einen einem einer und mit im am zum zur durch über unter nicht kein "
    "keine ist sind auf aus von bei sie er es dann ihr sein während nach für"
),
    "fr": word_set(
    "le la les un une des du de et avec dans sur sous par pour au aux est sont elle il ils puis ne pas sans "
    "qui que son sa ses pendant vers chez"
),
    "es": word_set(
    "el la los las un una unos unas y con en de del al por para sobre bajo es son ella él luego no sin que su "
    "sus mientras hacia entonces se muy"
),
    "it": word_set(
    "il lo la gli le un uno una e con nel nella di del della al alla per su sotto è sono lei lui poi non "
    "senza che suo sua mentre verso attraverso"
),
    "pt": word_set(
    "o a os as um uma e com no na nos nas de do da ao à por para sobre sob é são ela ele depois não sem que "
    "seu sua enquanto pelo pela"
),
}  # fmt: skip

WORDS: dict[str, str] = {
    "de": """
the: der die das den dem des; a: ein eine einen einem einer eines; and: und; with: mit; through_the: durchs
through: durch; in_the: im ins; on_the: am; in: in; on: auf an; to_the: zum zur; to: zu nach; from: von aus
under: unter; over: über; beside: neben bei; before: vor; not: nicht; no: kein keine keinen keinem; without: ohne
is: ist; are: sind; she: sie; he: er; it: es; then: dann danach; finally: schließlich endlich zuletzt; while: während
when: als wenn; for: für; but: aber sondern; her: ihr ihre ihren ihrem; his: sein seine seinen seinem; who: welcher
they: beide; two: zwei; three: drei; four: vier; five: fünf; many: viele; very: sehr; for_a: fürs; by: beim
one: eins; each_other: einander sich; until: bis; between: zwischen; behind: hinter
fox: fuchs füchse fuchses füchsin; owl: eule eulen; cat: katze katzen kater; kitten: kätzchen; dog: hund hunde hündin
puppy: welpe welpen; rabbit: hase hasen kaninchen; bear: bär bären; deer: reh rehe hirsch hirsche
horse: pferd pferde; bird: vogel vögel; penguin: pinguin pinguine; fish: fisch fische; whale: wal wale
turtle: schildkröte schildkröten; dragon: drache drachen; car: auto autos wagen; train: zug züge
boat: boot boote schiff schiffe; rocket: rakete raketen; balloon: ballon ballons luftballon luftballons
ball: ball bälle; lantern: laterne laternen lampe; kite: papierdrachen; child: kind kinder; boy: junge jungen
girl: mädchen; woman: frau frauen dame mutter; grandmother: oma großmutter; grandfather: opa großvater
man: mann männer vater; knight: ritter; astronaut: astronaut astronautin astronauten; robot: roboter; king: könig
queen: königin; princess: prinzessin; wolf: wolf wölfe; lion: löwe löwen; tiger: tiger; mouse: maus mäuse
elephant: elefant elefanten; unicorn: einhorn; butterfly: schmetterling schmetterlinge; bee: biene bienen
frog: frosch; monkey: affe; cow: kuh kühe; pig: schwein; sheep: schaf schafe; duck: ente enten
squirrel: eichhörnchen; hedgehog: igel; airplane: flugzeug; bicycle: fahrrad; truck: lastwagen; witch: hexe
wizard: zauberer; friends: freunde; people: leute menschen; animals: tiere
forest: wald wälder walde; beach: strand küste; city: stadt straße straßen; desert: wüste; snowfield: schneefeld
mountain: berg berge gebirge; meadow: wiese wiesen feld; park: park; garden: garten; underwater: unterwasser
space: weltall all weltraum; on_the_moon: mondoberfläche; moon: mond; room: zimmer raum; kitchen: küche; house: haus
cave: höhle; harbour: hafen; village: dorf; river: fluss bach; lake: see; sea: meer; sky: himmel
castle: schloss burg; island: insel; school: schule; tree: baum bäume bäumen; stars: sterne sternen; sun: sonne
clouds: wolken
dawn: morgengrauen sonnenaufgang morgen morgens; evening: abend abends abenddämmerung
dusk: dämmerung sonnenuntergang; night: nacht nachts mitternacht; noon: mittag mittags; day: tag; winter: winter
summer: sommer; spring: frühling; autumn: herbst
rain: regen regnet; snow: schnee schneit; snowy: verschneiten verschneite verschneiter verschneites schneebedeckten
fog: nebel; storm: sturm gewitter; sunny: sonnig sonnigen; wind: wind
red: rot rote roten roter rotes rotem; orange: orange orangen orangener orangefarbener orangefarbene oranger
yellow: gelb gelbe gelben gelber gelbes golden goldene; green: grün grüne grünen grüner grünes
blue: blau blaue blauen blauer blaues blauem; purple: lila violett violette; pink: rosa
brown: braun braune braunen brauner; white: weiß weiße weißen weißer weißes
black: schwarz schwarze schwarzen schwarzer schwarzes; grey: grau graue grauer
small: klein kleine kleinen kleiner kleines kleinem; big: groß große großen großer großes
old: alt alte alten alter altes; young: jung junge-r junger junges; happy: fröhlich glücklich glücklicher
sad: traurig traurige; warm: warm warmen
scarf: schal; hat: hut mütze; cape: umhang; glasses: brille; backpack: rucksack; crown: krone; flower: blume blumen
book: buch; umbrella: regenschirm schirm; box: kiste geschenk
walks: geht läuft spaziert wandert kommt; walk: gehen laufen spazieren wandern; runs: rennt; run: rennen
jumps: springt hüpft; jump: springen hüpfen; flies: fliegt; fly: fliegen; swims: schwimmt; swim: schwimmen
sleeps: schläft; sleep: schlafen; wakes_up: erwacht; dances: tanzt; dance: tanzen; waves: winkt
looks: schaut sieht blickt; look: schauen; finds: findet entdeckt; lands: landet; rises: steigt startet
carries: trägt; carry: tragen; chases: jagt verfolgt; meets: trifft begegnet; meet: treffen; stands: steht
stand: stehen; waits: wartet; sits: sitzt; plays: spielt; play: spielen; sings: singt; laughs: lacht; barks: bellt
crosses: überquert; drives: fährt; travels: reist; falls: fällt; shines: scheint leuchtet; says: sagt; asks: fragt
eats: frisst isst; rings: läutet klingelt; bell: glocke; says_goodbye: verabschiedet; follows: folgt; becomes: wird
music: musik; story: geschichte; film: film
""",
    "fr": """
together: ensemble; at: à; mysterious: mystérieuse; sad: triste; playful: joyeuse; near_the: près_du
carries: porte portent
the: le la les l le_ ; a: un une des; and: et; with: avec; through: à_travers travers; in_the: dans_le dans_la au
in: dans en; on: sur; to: à vers jusqu; of: de du d; from: depuis; under: sous; over: au-dessus; near: près; not: pas
no: aucun aucune; without: sans; is: est; are: sont; she: elle; he: il; they: ils elles; then: puis ensuite alors
finally: enfin finalement; while: pendant tandis; when: quand lorsque; for: pour; but: mais; her: sa; his: son ses
who: qui; two: deux; three: trois; four: quatre; five: cinq; very: très; between: entre; behind: derrière; by: par
at: aux
fox: renard renards renarde; owl: hibou hiboux chouette; cat: chat chats chatte; kitten: chaton; dog: chien chiens
puppy: chiot; rabbit: lapin lapins lièvre; bear: ours; deer: cerf biche; horse: cheval chevaux; bird: oiseau oiseaux
penguin: pingouin manchot pingouins; fish: poisson poissons; whale: baleine; turtle: tortue tortues; dragon: dragon
car: voiture voitures; train: train; boat: bateau bateaux; rocket: fusée; balloon: ballon ballons montgolfière
ball: balle; lantern: lanterne lampe lanternes; kite: cerf-volant; child: enfant enfants; boy: garçon
girl: fille fillette; woman: femme femmes mère dame; man: homme hommes père; knight: chevalier; astronaut: astronaute
robot: robot; king: roi; queen: reine; princess: princesse; prince: prince; wolf: loup loups; lion: lion
mouse: souris; elephant: éléphant; unicorn: licorne; butterfly: papillon papillons; bee: abeille; frog: grenouille
cow: vache; friends: amis; people: gens; bicycle: vélo; airplane: avion; witch: sorcière; grandmother: grand-mère
old_man: vieillard
forest: forêt bois; beach: plage; city: ville rue rues paris; desert: désert; mountain: montagne montagnes colline
meadow: pré prairie champ; garden: jardin; park: parc; underwater: sous-marin; space: espace; moon: lune
room: chambre pièce salle; kitchen: cuisine; house: maison; cave: grotte caverne; harbour: port; village: village
river: rivière fleuve; lake: lac; sea: mer océan; sky: ciel; castle: château; tree: arbre arbres; stars: étoiles
sun: soleil
dawn: aube matin; evening: soir soirée; dusk: crépuscule; night: nuit minuit; noon: midi; winter: hiver; summer: été
spring: printemps; autumn: automne
rain: pluie pleut; snow: neige; snowy: enneigée enneigé enneigées; fog: brouillard brume; storm: orage tempête
wind: vent; sunny: ensoleillé ensoleillée
red: rouge rouges; orange: orange oranges; yellow: jaune jaunes doré dorée; green: vert verte verts vertes
blue: bleu bleue bleus bleues; purple: violet violette; pink: rose roses; brown: brun brune marron
white: blanc blanche blancs blanches; black: noir noire noirs noires; grey: gris grise
small: petit petite petits petites; big: grand grande grands gros grosse; old: vieux vieille
happy: heureux heureuse joyeux joyeuse; sad: triste
scarf: écharpe; hat: chapeau; cape: cape; glasses: lunettes; crown: couronne; flower: fleur fleurs; book: livre
umbrella: parapluie
walks: marche promène avance; walk: marchent; runs: court; run: courent courir; jumps: saute; jump: sautent
flies: vole; fly: volent; swims: nage; swim: nagent; sleeps: dort; sleep: dorment; wakes_up: réveille; dances: danse
dance: dansent; looks: regarde; finds: trouve découvre; lands: atterrit; rises: monte décolle; carries: porte
chases: poursuit chasse; meets: rencontre; meet: rencontrent; stands: reste; waits: attend; sits: assis; plays: joue
play: jouent; sings: chante; laughs: rit; barks: aboie; crosses: traverse; arrives: arrive; falls: tombe
shines: brille; says: dit; asks: demande; follows: suit; rings: sonne; bell: cloche; travels: voyage; goes: va
music: musique; film: film; story: histoire
""",
    "es": """
the: el la los las; a: un una unos unas; and: y e; with: con; through: través; in: en; on: sobre; to: a hacia
to_the: al; of: de; of_the: del; from: desde; under: bajo; near: cerca junto; not: no; no: ningún ninguna
without: sin; is: es está; are: son están; she: ella; he: él; they: ellos ellas; then: luego después entonces
finally: finalmente; while: mientras; when: cuando; for: para; by: por; but: pero sino; her: su; his: sus
who: que quien; two: dos; three: tres; four: cuatro; five: cinco; very: muy; between: entre; each_other: se
fox: zorro zorra zorros; owl: búho buho lechuza; cat: gato gata gatos; kitten: gatito; dog: perro perra perros
puppy: cachorro perrito; rabbit: conejo conejos liebre; bear: oso osos osa; deer: ciervo venado
horse: caballo caballos; bird: pájaro pájaros ave aves; penguin: pingüino pingüinos; fish: pez peces pescado
whale: ballena ballenas; turtle: tortuga tortugas; dragon: dragón; car: coche carro auto coches; train: tren
boat: barco barca barcos; rocket: cohete; balloon: globo globos; ball: pelota balón; lantern: linterna farol lámpara
kite: cometa; child: niños; boy: niño chico muchacho; girl: niña chica muchacha; woman: mujer mujeres madre señora
man: hombre hombres padre señor; grandmother: abuela; grandfather: abuelo; knight: caballero; astronaut: astronauta
robot: robot; king: rey; queen: reina; princess: princesa; wolf: lobo lobos; lion: león; mouse: ratón
elephant: elefante; unicorn: unicornio; butterfly: mariposa mariposas; bee: abeja; frog: rana; cow: vaca
friends: amigos amigas; people: gente; airplane: avión; bicycle: bicicleta; witch: bruja
forest: bosque selva; beach: playa; city: ciudad calle calles; desert: desierto; mountain: montaña montañas colina
meadow: prado campo pradera; garden: jardín; park: parque; underwater: submarino; space: espacio; moon: luna
room: habitación cuarto sala; kitchen: cocina; house: casa; cave: cueva; harbour: puerto; village: pueblo aldea
river: río arroyo; lake: lago; sea: mar océano; sky: cielo; castle: castillo; tree: árbol árboles; stars: estrellas
sun: sol
dawn: amanecer alba mañana; dusk: atardecer anochecer crepúsculo; evening: tarde; night: noche medianoche
noon: mediodía; winter: invierno; summer: verano; spring: primavera; autumn: otoño
rain: lluvia llueve; snow: nieve nieva; snowy: nevado nevada; fog: niebla neblina; storm: tormenta; wind: viento
sunny: soleado
red: rojo roja rojos rojas; orange: naranja anaranjado; yellow: amarillo amarilla amarillos dorado dorada
green: verde verdes; blue: azul azules; purple: morado morada violeta; pink: rosa rosado; brown: marrón café
white: blanco blanca blancos blancas; black: negro negra negros negras; grey: gris; small: pequeño pequeña pequeños
big: grande gran grandes; old: viejo vieja; happy: feliz alegre felices; sad: triste
scarf: bufanda; hat: sombrero gorro; cape: capa; glasses: gafas; crown: corona; flower: flor flores; book: libro
umbrella: paraguas
walks: camina anda pasea va; walk: caminan andan pasean van; runs: corre; run: corren correr; jumps: salta
jump: saltan; flies: vuela; fly: vuelan; swims: nada; swim: nadan; sleeps: duerme; sleep: duermen
wakes_up: despierta; dances: baila; dance: bailan; waves: saluda; looks: mira; look: miran; finds: encuentra descubre
lands: aterriza; rises: despega sube; carries: lleva; chases: persigue; meets: conoce; meet: conocen encuentran
stands: queda; waits: espera; plays: juega; play: juegan; sings: canta; laughs: ríe; barks: ladra; crosses: cruza
arrives: llega; falls: cae; shines: brilla; says: dice; asks: pregunta; follows: sigue; rings: suena; bell: campana
travels: viaja
music: música; story: historia; film: película
""",
    "it": """
carries: porta portano; mysterious: misteriosa misterioso; calm: tranquilla calma; sad: triste; playful: allegra
sleeps: dorme dormono; jumps: salta saltano; swims: nuota nuotano; lands: atterra; meets: incontra incontrano
walks: cammina camminano; rains: piove; scarf: sciarpa; hat: cappello; together: insieme; near: vicino
small: piccolo piccola
the: il lo la i gli le; a: un uno una; and: e ed; with: con; through: attraverso; in_the: nel nella nello nei nelle
in: in; on_the: sul sulla; on: su; to: a verso; to_the: al alla; of: di; of_the: del della dei delle; under: sotto
over: sopra; near: vicino; not: non; without: senza; is: è; are: sono; she: lei; he: lui; they: loro; then: poi dopo
finally: infine; while: mentre; for: per; but: ma; her: sua; his: suo; who: che; two: due; three: tre; very: molto
fox: volpe volpi; owl: gufo civetta; cat: gatto gatta gatti; kitten: gattino; dog: cane cani
rabbit: coniglio conigli; bear: orso orsi; deer: cervo; horse: cavallo cavalli; bird: uccello uccelli
penguin: pinguino; fish: pesce pesci; whale: balena; turtle: tartaruga; dragon: drago; car: macchina auto
train: treno; boat: barca nave; rocket: razzo; balloon: palloncino palloncini mongolfiera; ball: palla
lantern: lanterna lampada; kite: aquilone; child: bambini; boy: bambino ragazzo; girl: bambina ragazza
woman: donna donne madre; man: uomo uomini padre; knight: cavaliere; astronaut: astronauta; robot: robot; king: re
queen: regina; wolf: lupo; mouse: topo; friends: amici
forest: foresta bosco; beach: spiaggia; city: città strada; desert: deserto; mountain: montagna montagne collina
meadow: prato campo; garden: giardino; space: spazio; moon: luna; room: stanza camera; house: casa
cave: grotta caverna; harbour: porto; village: villaggio paese; river: fiume; lake: lago; sea: mare oceano
sky: cielo; castle: castello; tree: albero alberi; stars: stelle; sun: sole
dawn: alba mattina; dusk: tramonto crepuscolo; evening: sera; night: notte; winter: inverno; summer: estate
rain: pioggia piove; snow: neve nevica; snowy: innevata innevato; fog: nebbia; storm: tempesta temporale; wind: vento
red: rosso rossa rossi; orange: arancione; yellow: giallo gialla; green: verde; blue: blu azzurro azzurra; pink: rosa
brown: marrone; white: bianco bianca; black: nero nera; small: piccolo piccola; big: grande grosso
old: vecchio vecchia; happy: felice; sad: triste; scarf: sciarpa; hat: cappello; crown: corona; flower: fiore
book: libro
walks: cammina passeggia va; runs: corre; jumps: salta; flies: vola; fly: volano; swims: nuota; sleeps: dorme
dances: balla; looks: guarda; finds: trova; chases: insegue; meets: incontra; plays: gioca; sings: canta
laughs: ride; barks: abbaia; crosses: attraversa; arrives: arriva; falls: cade; shines: splende; says: dice
music: musica; bell: campana; rings: suona
""",
    "pt": """
the: o a os as; a: um uma uns umas; and: e; with: com; through_the: pela pelo; through: através
in_the: no na nos nas; in: em; on: sobre; to_the: ao à; to: para até; of: de; of_the: do da dos das; under: sob
near: perto; not: não; without: sem; is: é está; are: são estão; she: ela; he: ele; they: eles elas
then: depois então; finally: finalmente; while: enquanto; by: por; but: mas; her: sua; his: seu; who: que
two: dois duas; three: três; very: muito
fox: raposa raposas; owl: coruja; cat: gato gata gatos; kitten: gatinho; dog: cachorro cão cães; rabbit: coelho
bear: urso; deer: veado cervo; horse: cavalo; bird: pássaro pássaros; penguin: pinguim; fish: peixe peixes
whale: baleia; turtle: tartaruga; dragon: dragão; car: carro; train: trem comboio; boat: barco navio; rocket: foguete
balloon: balão balões; ball: bola; lantern: lanterna lâmpada; kite: pipa; child: crianças criança; boy: menino garoto
girl: menina garota; woman: mulher mãe; man: homem pai; knight: cavaleiro; astronaut: astronauta; robot: robô
king: rei; queen: rainha; wolf: lobo; friends: amigos
forest: floresta bosque; beach: praia; city: cidade rua; desert: deserto; mountain: montanha montanhas
meadow: prado campo; garden: jardim; space: espaço; moon: lua; room: quarto sala; house: casa; cave: caverna gruta
harbour: porto; village: aldeia vila; river: rio; lake: lago; sea: mar oceano; sky: céu; tree: árvore árvores
stars: estrelas; sun: sol
dawn: amanhecer manhã; dusk: entardecer crepúsculo; night: noite; winter: inverno; rain: chuva chove; snow: neve
fog: névoa; storm: tempestade; wind: vento; red: vermelho vermelha; orange: laranja; yellow: amarelo amarela
green: verde; blue: azul; pink: rosa; brown: marrom castanho; white: branco branca; black: preto preta
small: pequeno pequena; big: grande; old: velho velha; happy: feliz; sad: triste; scarf: cachecol; hat: chapéu
flower: flor flores; book: livro
walks: caminha anda vai; runs: corre; jumps: pula salta; flies: voa; fly: voam; swims: nada; sleeps: dorme
dances: dança; looks: olha; finds: encontra; chases: persegue; meets: conhece; plays: brinca; sings: canta
laughs: ri; barks: late; crosses: atravessa; arrives: chega; falls: cai; shines: brilha; says: diz; music: música
bell: sino; rings: toca
""",
}  # fmt: skip
