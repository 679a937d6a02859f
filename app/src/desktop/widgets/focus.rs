//! What has the keys is seen.

use egui::{Id, Rect, Response, Ui};

use crate::command::Messages;
use crate::model::{Change, Field, SetUp};

/// Scrolls to the control that has just got the focus, where it stands in this
/// scroll area and cannot be seen. To be called when all the area holds was drawn.
pub(crate) fn follow_focus(ui: &mut Ui) {
    let kept_at = ui.scope_id().with("followed focus");
    let before: Option<Id> = ui.data(|data| data.get_temp(kept_at));
    let Some(focused) = ui.memory(|memory| memory.focused()) else {
        ui.data_mut(|data| data.remove::<Id>(kept_at));
        return;
    };
    if before == Some(focused) {
        return;
    }
    ui.data_mut(|data| data.insert_temp(kept_at, focused));
    let Some(response) = ui.ctx().read_response(focused) else {
        return;
    };
    if response.layer_id == ui.layer_id() && is_within(ui, response.rect, response.interact_rect) {
        ui.scroll_to_rect(response.rect.expand(AROUND), None);
    }
}

/// Gives this control the focus where Start lacks what it is for.
pub(crate) fn seek(control: &Response, set_up: &SetUp, of: Field, out: &mut Messages) {
    if set_up.sought == Some(of) {
        control.request_focus();
        out.push(Change::Sought.into());
    }
}

/// Whether a control of this layer belongs to what scrolls here. One beside it is
/// seen somewhere else; one within is seen here, or is clipped away.
fn is_within(ui: &Ui, whole: Rect, seen: Rect) -> bool {
    let holds = ui.min_rect().expand(AROUND).contains_rect(whole);
    holds && (!seen.is_positive() || ui.clip_rect().intersects(seen))
}

/// What is seen of what stands around a control, in points.
const AROUND: f32 = 8.0;
