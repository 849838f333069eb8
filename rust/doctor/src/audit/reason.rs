//! Why a file is left as it is, and until when or what to do: at most 200 bytes each.

use baton_state::segment::quarantine::Unfit;

/// Files of one id hold different bytes.
pub const COPIES: &str = "another file of the same segment holds something else: move one of them out of the state directory";
/// A compacted segment that does not count names it.
pub const NAMED: &str = "a merge that is unfinished or damaged names it: of an unfinished one run this again ten minutes after it was last written to; move a damaged one elsewhere";
/// It stands for another one, or nothing that counts stands for it.
pub const STILL_NEEDED: &str =
    "another segment is bound to it, and could not be deleted: see why, and run this again";
/// No segment of this program is as large.
pub const TOO_LARGE: &str = "too large for a segment: move it out of the state directory";
/// It would be found in the new segment as well.
pub const UNCLEAN: &str =
    "what was found belongs to no frame that could be left out: move it out of the state directory";

/// Why nothing is taken out of a segment, in words.
pub fn reason_of(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::Headless => {
            "no header proves: recover may make a sound copy of it; move it out of the state directory"
        }
        Unfit::Newer => "of a newer format: update opencode-proxy-doctor, and run this again",
        Unfit::Unsealed => {
            "no seal yet: its program seals it when it ends, or goes on after 24 hours; of one that was killed, recover makes a sealed copy: then move it elsewhere"
        }
        Unfit::Unfinished => {
            "an unfinished merge: run this again ten minutes after it was last written to"
        }
        Unfit::Damaged => {
            "damaged: recover makes a sound copy for segments/, from which this takes it out; then move it elsewhere"
        }
        Unfit::Full => "a frame is too large to be copied: move it out of the state directory",
    }
}
