"""German text as a shop has it: products, brands, people, places, and what customers write."""

from typing import Final

PRODUCTS: Final = {
    "Küche & Genuss": (
        "Bräter", "Gemüsehobel", "Käsereibe", "Kochtopf", "Nudelmaschine", "Pfanne", "Schneebesen",
        "Soßenkelle", "Teekanne", "Tortenplatte",
    ),
    "Wohnen": (
        "Beistelltisch", "Bücherregal", "Couchtisch", "Kleiderständer", "Nähkasten", "Sessel",
        "Schuhschrank", "Spiegel", "Stehpult", "Wandregal",
    ),
    "Bett & Bad": (
        "Badematte", "Bettbezug", "Daunenkissen", "Frotteehandtuch", "Gänsefederdecke", "Laken",
        "Nackenstützkissen", "Tagesdecke", "Wärmflasche", "Wäschekorb",
    ),
    "Garten & Balkon": (
        "Blumentopf", "Gartenschere", "Gießkanne", "Hängematte", "Hochbeet", "Laubsack", "Zaun",
        "Nistkasten", "Schaufel", "Vogeltränke",
    ),
    "Mode": (
        "Fäustlinge", "Gürtel", "Hausschuhe", "Kapuzenpullover", "Lodenmantel", "Socken",
        "Strickmütze", "Unterhemd", "Weste", "Wollschal",
    ),
    "Schule & Beruf": (
        "Aktenhülle", "Füllfederhalter", "Heftgerät", "Notizbuch", "Radiergummi",
        "Schreibtischlampe", "Stiftebecher", "Tintenfass", "Wandkalender", "Zirkel",
    ),
    "Spielen": (
        "Bauklötze", "Brettspiel", "Fußball", "Holzeisenbahn", "Kreisel", "Kuscheltier", "Malbuch",
        "Puppenhaus", "Straßenkreide", "Würfelspiel",
    ),
}  # fmt: skip
"""Kinds of products by category."""

STYLES: Final = (
    "aus Edelstahl", "aus geölter Eiche", "aus Wolle", "extra stark", "für draußen", "für Kinder",
    "handgefertigt", "im Retro-Look", "in Übergröße", "klein und fein", "mit Deckel", "mit Griff",
    "mit Schleife", "mit zwei Taschen", "stapelbar", "spülmaschinenfest", "wasserdicht",
    "zum Aufklappen", "zum Mitnehmen", "zum Verschenken",
)  # fmt: skip
COLOURS: Final = (
    "anthrazit", "bordeaux", "elfenbein", "flieder", "grün", "himmelblau", "hellgrau", "natur",
    "rosé", "rot", "schwarz", "türkis", "violett", "weiß",
)  # fmt: skip
BRANDS: Final = (
    "Bergwerk", "Fjordhaus", "Gebrüder Thiele", "Hofgut", "Kaiser & Sohn", "Lindblatt",
    "Manufaktur Weber", "Nordlicht", "Schönfeld", "Stubenrein", "Tannenhof", "Zunft",
)  # fmt: skip

FIRST_NAMES: Final = (
    "Anja", "Birgül", "Björn", "Çiğdem", "Dörte", "Emil", "Friederike", "Günther", "Hannah", "Jörg",
    "Käthe", "Lukas", "Mareike", "Noël", "Özlem", "Paul", "Renée", "Sören", "Thomas", "Ümit",
)  # fmt: skip
LAST_NAMES: Final = (
    "Bäumler", "Becker", "Çelik", "Fischer", "Göbel", "Groß", "Hofmann", "Jäger", "Köhler", "Krauß",
    "Löwe", "Müller", "Nguyễn", "Preuß", "Schäfer", "Schmidt", "Weiß", "Wójcik", "Yüksel", "Zöller",
)  # fmt: skip
CITIES: Final = (
    "Aßlar", "Berlin", "Düsseldorf", "Gießen", "Göttingen", "Graz", "Hamburg", "Köln", "Leipzig",
    "Lübeck", "Meißen", "München", "Münster", "Nürnberg", "Osnabrück", "Saarbrücken", "Tübingen",
    "Weiden in der Oberpfalz", "Wien", "Zürich",
)  # fmt: skip
STREETS: Final = (
    "Am Mühlbach", "Bäckergasse", "Gänsemarkt", "Große Bleichen", "Hauptstraße", "Königsallee",
    "Lindenweg", "Römerstraße", "Schloßplatz", "Süderende",
)  # fmt: skip

PRAISE: Final = (
    "Schöne Farbe, gute Qualität – ich würde es wieder kaufen.",
    "Für den Preis völlig in Ordnung, die Größe fällt aber klein aus.",
    "Tolle Verarbeitung! Meine Großmutter war begeistert.",
    "Kam schon nach zwei Tagen, wunderschön verpackt.",
    "Genau wie beschrieben. Gerne wieder.",
    "Hält die Wärme erstaunlich lange, spülmaschinenfest ist es auch.",
)
COMPLAINTS: Final = (
    "Leider war der Deckel beschädigt, und die Rückgabe dauert ewig.",
    "Die Farbe ist nicht grün, sondern eher türkis – enttäuschend.",
    "Nach drei Wäschen löst sich die Naht, das ist ärgerlich.",
    "Falsche Größe geliefert, der Kundendienst meldet sich nicht zurück.",
)
TOPICS: Final = (
    "Rückgabe", "Größentabelle", "Lieferverzögerung", "Rechnung", "Gutschein", "Ersatzteil",
)  # fmt: skip
