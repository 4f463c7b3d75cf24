//! What the person does with many draws, done: views, order, brushes, pins.
//!
//! Pins are steps of the history; views, order and brushes are looks at the study and no edits of it.

use crate::app::Command;
use crate::app::many::ManyAct;
use crate::app::shell::Workspace;

use super::Studio;

impl Studio {
    /// Does `act`; a sentence in the status line where it cannot be done.
    pub(super) fn many(&mut self, act: ManyAct) {
        let Some(document) = &mut self.document else { return };
        match act {
            ManyAct::Pin(draw) => match document.toggle_pin(draw) {
                Ok(true) => self.status = format!("Pinned draw {draw}"),
                Ok(false) => self.status = format!("Let draw {draw} go"),
                Err(why) => self.status = why,
            },
            ManyAct::UnpinAll => document.unpin_all(),
            ManyAct::Resize(_) => {
                document.many.apply(act);
                document.look_at_draw();
                self.settings.sheet_size = Some(document.many.size);
                self.status = format!("The sheet holds {} draws", document.many.size);
            }
            other => document.many.apply(other),
        }
    }

    /// Does a command about many draws.
    pub(super) fn many_command(&mut self, command: Command) {
        let Some(document) = &self.document else {
            self.status = "Open a study first".to_owned();
            return;
        };
        let act = match document.many.act_of(command, document.pins(), document.draw) {
            Ok(Some(act)) => act,
            Ok(None) => return,
            Err(why) => {
                self.status = why;
                return;
            }
        };
        if command != Command::ClearBrush {
            self.shell.workspace = Workspace::Author;
        }
        self.many(act);
    }
}
