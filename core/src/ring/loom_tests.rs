//! The segment's protocol under every interleaving that loom finds.

use loom::thread;

use super::{Append, SegmentWriter};
use crate::pcapng::{self, InterfaceId, Resolution};
use crate::units::Timestamp;

const LENGTH: usize = 128;

fn append(writer: &mut SegmentWriter, content: &[u8]) -> Append {
    writer.append(
        InterfaceId(0),
        Resolution::Nanoseconds,
        Timestamp(1),
        content,
        4,
    )
}

#[test]
fn loom_readers_see_whole_blocks_only() {
    loom::model(|| {
        let mut writer = SegmentWriter::allocate(LENGTH).unwrap();
        let view = writer.view();
        let reader = thread::spawn(move || {
            let packets: Vec<Vec<u8>> = pcapng::blocks(view.bytes())
                .map(|block| block.packet.to_vec())
                .collect();
            assert!(packets.len() <= 2);
            for (packet, expected) in packets.iter().zip([b"abcd", b"efgh"]) {
                assert_eq!(packet, expected);
            }
        });
        assert_eq!(append(&mut writer, b"abcd"), Append::Done);
        assert_eq!(append(&mut writer, b"efgh"), Append::Done);
        reader.join().unwrap();
    });
}

#[test]
fn loom_memory_is_reused_only_when_nobody_reads_it() {
    loom::model(|| {
        let mut writer = SegmentWriter::allocate(LENGTH).unwrap();
        assert_eq!(append(&mut writer, b"abcd"), Append::Done);
        let sealed = writer.seal();
        let shared = sealed.clone();
        let reader = thread::spawn(move || {
            assert_eq!(pcapng::blocks(shared.bytes()).count(), 1);
        });
        if let Ok(mut again) = sealed.recycle() {
            assert_eq!(append(&mut again, b"wxyz"), Append::Done);
        }
        reader.join().unwrap();
    });
}
