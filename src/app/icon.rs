//! The icons that the studio uses, by name: code points of the Phosphor font (MIT) that `theme` loads.
//!
//! Inter has own glyphs on some of Phosphor's code points (`E000` to `E07F`, `E100` to `E16F`)
//! and comes first: only others are used here.

macro_rules! icons {
    ($($name:ident = $glyph:literal, $what:literal;)*) => {
        $(#[doc = $what] pub const $name: &str = $glyph;)*

        /// Every icon, so that a test can look for holes in the font.
        pub const ALL: &[&str] = &[$($name),*];
    };
}

icons! {
    FILE_PLUS = "\u{E236}", "file plus";
    FOLDER_OPEN = "\u{E256}", "folder open";
    CLOCK_COUNTER_CLOCKWISE = "\u{E1A0}", "clock counter clockwise";
    FLOPPY_DISK = "\u{E248}", "floppy disk";
    DATABASE = "\u{E1DE}", "database";
    ARROW_U_UP_LEFT = "\u{E08A}", "arrow u up left";
    ARROW_U_UP_RIGHT = "\u{E08C}", "arrow u up right";
    PLAY = "\u{E3D0}", "play";
    PAUSE = "\u{E39E}", "pause";
    SKIP_BACK = "\u{E5A4}", "skip back";
    PLUS = "\u{E3D4}", "plus";
    SKIP_FORWARD = "\u{E5A6}", "skip forward";
    REWIND = "\u{E6A8}", "rewind";
    FAST_FORWARD = "\u{E6A6}", "fast forward";
    MINUS = "\u{E32A}", "minus";
    MAGNIFYING_GLASS = "\u{E30C}", "magnifying glass";
    SUN = "\u{E472}", "sun";
    MOON = "\u{E330}", "moon";
    EYE = "\u{E220}", "eye";
    SPLIT_HORIZONTAL = "\u{E872}", "split horizontal";
    COLUMNS = "\u{E546}", "columns";
    INTERSECT = "\u{E2D2}", "intersect";
    PLUS_MINUS = "\u{E3D8}", "plus minus";
    FRAME_CORNERS = "\u{E626}", "frame corners";
    GRID_NINE = "\u{EC8C}", "grid nine";
    LOCK = "\u{E2FA}", "lock";
    LOCK_KEY = "\u{E2FE}", "lock key";
    SEAL_CHECK = "\u{E606}", "seal check";
    SCALES = "\u{E750}", "scales";
    EXPORT = "\u{EAF0}", "export";
    PACKAGE = "\u{E390}", "package";
    CHECK = "\u{E182}", "check";
    CHECK_CIRCLE = "\u{E184}", "check circle";
    X = "\u{E4F6}", "x";
    X_CIRCLE = "\u{E4F8}", "x circle";
    QUESTION = "\u{E3E8}", "question";
    WARNING = "\u{E4E0}", "warning";
    WARNING_CIRCLE = "\u{E4E2}", "warning circle";
    INFO = "\u{E2CE}", "info";
    TREE_STRUCTURE = "\u{E67C}", "tree structure";
    SLIDERS = "\u{E432}", "sliders";
    CUBE = "\u{E1DA}", "cube";
    VIDEO_CAMERA = "\u{E4DA}", "video camera";
    FLASK = "\u{E79E}", "flask";
    CHART_SCATTER = "\u{EAAC}", "chart scatter";
    CIRCLE_DASHED = "\u{E602}", "circle dashed";
    CIRCLE = "\u{E18A}", "circle";
    CIRCLE_HALF = "\u{E18C}", "circle half";
    COPY = "\u{E1CA}", "copy";
    COMMAND = "\u{E1C4}", "command";
    KEYBOARD = "\u{E2D8}", "keyboard";
    SIGN_OUT = "\u{E42A}", "sign out";
    FINGERPRINT = "\u{E23E}", "fingerprint";
    LIGHTNING = "\u{E2DE}", "lightning";
    DICE_FIVE = "\u{E1EE}", "dice five";
    STACK = "\u{E466}", "stack";
    IMAGE = "\u{E2CA}", "image";
    IMAGES = "\u{E836}", "images";
    CROSSHAIR = "\u{E1D6}", "crosshair";
    ARROWS_LEFT_RIGHT = "\u{E0A0}", "arrows left right";
    NOTEBOOK = "\u{E34E}", "notebook";
    SHIELD_CHECK = "\u{E40C}", "shield check";
    SIDEBAR_SIMPLE = "\u{EC24}", "sidebar simple";
    PUSH_PIN = "\u{E3E2}", "push pin";
    FLAG = "\u{E244}", "flag";
    TAG = "\u{E478}", "tag";
    SORT_ASCENDING = "\u{E444}", "sort ascending";
    SORT_DESCENDING = "\u{E446}", "sort descending";
    FUNNEL = "\u{E266}", "funnel";
    SQUARES_FOUR = "\u{E464}", "squares four";
    ARROW_DOWN = "\u{2193}", "arrow down";
    ARROW_RIGHT = "\u{2192}", "arrow right";
    LASSO = "\u{EDC6}", "lasso";
    ARROWS_OUT = "\u{E0A2}", "arrows out";
    RESET = "\u{21BA}", "reset";
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_icon_lies_where_inter_has_a_glyph_of_its_own() {
        for icon in super::ALL {
            let code = icon.chars().next().map_or(0, u32::from);
            assert!(!(0xE000..0xE080).contains(&code) && !(0xE100..0xE170).contains(&code), "{code:x}");
        }
    }
}
