"""Which classes of AudioSet a category or a material of ours may be heard as.

The table is generous on purpose: AudioSet knows no sword, no footstep on snow and no spell, so a class stands wherever
a careful listener without a picture could name it. What it must not do is excuse a wrong caption: speech, singing and
music stand nowhere but where a creature or a note truly sounds so. ``docs/corpus-captions.md`` has the numbers.
"""

from __future__ import annotations

from typing import Final

from hobnail_trainer.corpus.model import Category, Material

_HITS: Final = (
    "Thump, thud;Thunk;Bang;Slap, smack;Whack, thwack;Smash, crash;Breaking;Bouncing;Tap;Knock;Slam;Clang;Clatter;"
    "Crushing;Crunch;Crack;Chop;Wood;Glass;Chink, clink;Shatter;Splinter;Hammer;Tools;Basketball bounce;Rattle;"
    "Boing"
)
_RINGS: Final = "Clang;Ding;Ping;Zing;Jingle, tinkle;Bell;Coin (dropping);Cutlery, silverware;Dishes, pots, and pans"
_AIR: Final = "Whoosh, swoosh, swish;Whip;Flap;Arrow"
_ENGINES: Final = (
    "Engine;Light engine (high frequency);Medium engine (mid frequency);Heavy engine (low frequency);"
    "Engine knocking;Engine starting;Idling;Accelerating, revving, vroom;Aircraft engine;Jet engine"
)
_RUSTLES: Final = "Rustle;Rustling leaves;Crumpling, crinkling;Tearing;Zipper (clothing);Flap;Rub;Shuffle;Scratch"
_BIRDS: Final = (
    "Bird;Bird vocalization, bird call, bird song;Chirp, tweet;Squawk;Pigeon, dove;Coo;Crow;Caw;Owl;Hoot;"
    "Bird flight, flapping wings"
)
_INSECTS: Final = "Insect;Cricket;Mosquito;Fly, housefly;Buzz;Bee, wasp, etc.;Frog;Croak"
_PIECES: Final = "Crumpling, crinkling;Scrape;Scratch;Rub;Roll;Sanding;Filing (rasp)"

_CATEGORIES: Final[dict[Category, str]] = {
    "footstep": f"Walk, footsteps;Run;Shuffle;Clip-clop;Patter;Horse;{_HITS};{_PIECES};{_RUSTLES};Splash, splatter;"
    "Squish;Slosh;Water;Liquid;Crackle;Creak",
    "impact": f"{_HITS};{_RINGS};{_PIECES};Splash, splatter;Squish;Plop;Typing;Computer keyboard;Typewriter;"
    "Clicking;Tick;Sawing;Chopping (food);Crackle;Burst, pop;Rustle;Rustling leaves;Boom;Explosion;"
    "Whoosh, swoosh, swish;Arrow;Biting;Chewing, mastication;Keys jangling;Scissors;Jackhammer;Mechanisms;Camera;"
    "Single-lens reflex camera",
    "weapon": f"{_HITS};{_RINGS};{_AIR};Gunshot, gunfire;Machine gun;Fusillade;Artillery fire;Cap gun;Explosion;"
    "Boom;Burst, pop;Ratchet, pawl;Scrape;Scratch;Clicking;Firecracker;Fireworks;Squish;Splash, splatter;"
    "Mechanisms;Rub",
    "explosion": "Explosion;Boom;Gunshot, gunfire;Artillery fire;Fireworks;Firecracker;Burst, pop;Eruption;Bang;"
    "Thunder;Thunderstorm;Smash, crash;Rumble;Thump, thud;Fusillade;Machine gun;Shatter;Breaking;Fire;Crackle",
    "door": "Door;Sliding door;Slam;Cupboard open or close;Drawer open or close;Creak;Squeak;Knock;Tap;Squeal;"
    "Thump, thud;Thunk;Ratchet, pawl;Mechanisms;Wood;Clatter;Bang;Scrape;Keys jangling;Clicking;Gears;Pulleys;"
    "Glass;Chink, clink;Zipper (clothing);Power windows, electric windows",
    "creature": "Animal;Domestic animals, pets;Dog;Bark;Yip;Howl;Bow-wow;Growling;Whimper (dog);Cat;Purr;Meow;Hiss;"
    "Caterwaul;Livestock, farm animals, working animals;Horse;Clip-clop;Neigh, whinny;Cattle, bovinae;Moo;Pig;Oink;"
    "Goat;Bleat;Sheep;Fowl;Chicken, rooster;Cluck;Crowing, cock-a-doodle-doo;Turkey;Gobble;Duck;Quack;Goose;Honk;"
    "Wild animals;Roaring cats (lions, tigers);Roar;Canidae, dogs, wolves;Rodents, rats, mice;Mouse;Patter;Snake;"
    f"Rattle;Whale vocalization;{_BIRDS};{_INSECTS};Grunt;Groan;Snort;Pant;Bellow;Wail, moan;Whimper;Breathing;"
    "Wheeze;Snoring;Screaming;Biting;Chewing, mastication;Burping, eructation;Squish;Gasp;Sniff",
    "vehicle": "Vehicle;Boat, Water vehicle;Sailboat, sailing ship;Rowboat, canoe, kayak;Motorboat, speedboat;Ship;"
    "Motor vehicle (road);Car;Vehicle horn, car horn, honking;Toot;Skidding;Tire squeal;Car passing by;"
    "Race car, auto racing;Truck;Air brake;Air horn, truck horn;Bus;Motorcycle;Traffic noise, roadway noise;"
    "Rail transport;Train;Train whistle;Train horn;Railroad car, train wagon;Train wheels squealing;"
    "Subway, metro, underground;Aircraft;Propeller, airscrew;Helicopter;Fixed-wing aircraft, airplane;Bicycle;"
    f"Skateboard;{_ENGINES};Lawn mower;Chainsaw;Steam whistle;Clickety-clack;Foghorn;Idling;Rumble;Whir;Hum",
    "water": "Water;Rain;Raindrop;Rain on surface;Stream;Waterfall;Ocean;Waves, surf;Gurgling;Liquid;"
    "Splash, splatter;Slosh;Squish;Drip;Pour;Trickle, dribble;Gush;Fill (with liquid);Spray;Boiling;Plop;"
    "Water tap, faucet;Sink (filling or washing);Bathtub (filling or washing);Toilet flush;Rowboat, canoe, kayak;"
    "Steam;Stir;White noise;Pink noise",
    "fire": "Fire;Crackle;Sizzle;Steam;Frying (food);Hiss;Explosion;Burst, pop;Fireworks;Firecracker;Boiling;"
    "Eruption;Whoosh, swoosh, swish;Rumble;White noise",
    "wind": "Wind;Wind noise (microphone);Rustling leaves;Whoosh, swoosh, swish;Howl;White noise;Pink noise;"
    "Thunderstorm;Waves, surf;Ocean;Rumble",
    "ambience": f"{_BIRDS};{_INSECTS};Wild animals;Animal;Livestock, farm animals, working animals;Fowl;"
    "Chicken, rooster;Cluck;Crowing, cock-a-doodle-doo;Wind;Rustling leaves;Thunder;Thunderstorm;Rain;"
    "Rain on surface;Stream;Ocean;Waves, surf;Outside, rural or natural;Outside, urban or manmade;"
    "Inside, large room or hall;Inside, public space;Crowd;Hubbub, speech noise, speech babble;Cheering;Applause;"
    "Traffic noise, roadway noise;Environmental noise;Field recording;Noise;Hum;Mains hum;Rumble;Throbbing;"
    "Reverberation;Echo;Vehicle;Water;Mechanical fan;White noise;Sonar;Static;Steam;Boiling;Ambient music;"
    "Explosion;Boom",
    "machine": f"{_ENGINES};Mechanisms;Ratchet, pawl;Clock;Tick;Tick-tock;Gears;Pulleys;Sewing machine;"
    "Mechanical fan;Air conditioning;Printer;Camera;Single-lens reflex camera;Tools;Hammer;Jackhammer;Sawing;"
    "Filing (rasp);Sanding;Power tool;Drill;Pump (liquid);Whir;Hum;Mains hum;Clickety-clack;Clicking;Clatter;Creak;"
    "Squeak;Rumble;Throbbing;Vibration;Buzz;Buzzer;Steam;Hiss;Blender;Hair dryer;Vacuum cleaner;"
    "Electric shaver, electric razor;Vehicle;Power windows, electric windows;Sliding door;Chainsaw;Lawn mower;"
    "Dental drill, dentist's drill;Air brake;Whoosh, swoosh, swish;Typewriter;Wood;Train",
    "cloth": f"{_RUSTLES};{_AIR};Walk, footsteps;Sailboat, sailing ship;Thump, thud;Slap, smack;Wind;"
    "Bird flight, flapping wings",
    "energy": "Sound effect;Whoosh, swoosh, swish;Zing;Boing;Buzz;Static;Hum;Mains hum;Chirp tone;Effects unit;"
    "Chorus effect;Distortion;Throbbing;Vibration;Sizzle;Crackle;Burst, pop;Explosion;Gunshot, gunfire;Pulse;Noise;"
    "White noise;Electric shaver, electric razor;Synthesizer;Hiss;Steam;Rumble;Reverberation;Echo;Theremin;"
    "Machine gun;Arrow;Whip;Zipper (clothing);Sonar;Power tool;Boom;Fire;Fireworks;Sine wave;Harmonic;"
    "Electronic tuner;Beep, bleep;Ping;Ding;Clicking;Artillery fire;Cap gun;Mechanisms",
    "note": "Music;Musical instrument;Plucked string instrument;Guitar;Electric guitar;Bass guitar;Acoustic guitar;"
    "Steel guitar, slide guitar;Tapping (guitar technique);Strum;Banjo;Sitar;Mandolin;Zither;Ukulele;"
    "Keyboard (musical);Piano;Electric piano;Organ;Electronic organ;Hammond organ;Synthesizer;Sampler;Harpsichord;"
    "Percussion;Drum kit;Drum machine;Drum;Snare drum;Rimshot;Drum roll;Bass drum;Timpani;Tabla;Cymbal;Hi-hat;"
    "Wood block;Tambourine;Rattle (instrument);Maraca;Gong;Tubular bells;Mallet percussion;Marimba, xylophone;"
    "Glockenspiel;Vibraphone;Steelpan;Orchestra;Brass instrument;French horn;Trumpet;Trombone;"
    "Bowed string instrument;String section;Violin, fiddle;Pizzicato;Cello;Double bass;"
    "Wind instrument, woodwind instrument;Flute;Saxophone;Clarinet;Harp;Bell;Church bell;Chime;Wind chime;"
    "Tuning fork;Harmonica;Accordion;Bagpipes;Didgeridoo;Singing bowl;Sine wave;Harmonic",
}

_MATERIALS: Final[dict[Material, str]] = {
    "cloth": f"{_RUSTLES}",
    "glass": "Glass;Chink, clink;Shatter;Breaking;Dishes, pots, and pans",
    "gravel": f"Walk, footsteps;Crunch;{_PIECES};Crushing",
    "leaves": "Rustling leaves;Rustle;Crumpling, crinkling;Walk, footsteps;Splinter;Crack",
    "metal": f"{_RINGS};Clatter;Hammer;Tools;Keys jangling;Scrape;Jingle bell;Cowbell;Gong;Church bell;Zing;Cymbal;"
    "Chink, clink",
    "paper": "Crumpling, crinkling;Tearing;Rustle;Shuffling cards;Writing",
    "plastic": "Typing;Computer keyboard;Typewriter;Clicking;Tap",
    "water": "Water;Liquid;Splash, splatter;Slosh;Squish;Drip;Pour;Trickle, dribble;Gush;Plop;Gurgling;Rain;"
    "Raindrop;Rain on surface;Stream;Waterfall;Ocean;Waves, surf;Spray;Rowboat, canoe, kayak;Boiling",
    "wood": "Wood;Chop;Splinter;Crack;Knock;Tap;Creak;Thunk;Chopping (food);Wood block;Hammer;Sawing;Whack, thwack;"
    "Thump, thud;Door",
}
_NEUTRAL: Final = (
    "Silence;Sound effect;Noise;Environmental noise;Inside, small room;Inside, large room or hall;"
    "Inside, public space;Outside, urban or manmade;Outside, rural or natural;Reverberation;Echo;Field recording;"
    "Cacophony;Static;White noise;Pink noise;Vibration;Throbbing;Distortion;Sidetone;Television;Radio;Animal"
)

CATEGORY_CLASSES: Final = {category: frozenset(names.split(";")) for category, names in _CATEGORIES.items()}
MATERIAL_CLASSES: Final = {material: frozenset(names.split(";")) for material, names in _MATERIALS.items()}
NEUTRAL: Final = frozenset(_NEUTRAL.split(";"))
"""Classes that say nothing of what sounds; they agree where they stand in the table and never contradict."""
