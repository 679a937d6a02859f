//! Every bound in one place, with what depends on what.

use std::time::Duration;

use crate::units::ByteCount;

/// The snaplen used unless the profile says otherwise, and the largest allowed:
/// libpcap's MAXIMUM_SNAPLEN for most link types.
pub const SNAPLEN_MAX: u32 = 262_144;
/// The smallest snaplen: less than this holds no transport header.
pub const SNAPLEN_MIN: u32 = 64;

/// The smallest segment, unless one largest block needs more.
pub const SEGMENT_MIN: ByteCount = ByteCount(256 << 10);
/// The largest segment.
pub const SEGMENT_MAX: ByteCount = ByteCount(4 << 20);
/// A ring is cut into about this many segments per source.
pub const SEGMENTS_PER_SOURCE: u64 = 64;
/// A ring has at least this many segments, whatever its size.
pub const RING_SEGMENTS_MIN: u64 = 4;
/// Empty segments that lie ready for each source: what it fills while the
/// keeper is asleep, and the room for the tail.
pub const SPARE_SEGMENTS_PER_SOURCE: usize = 4;
/// The same where there are several sources.
pub const SPARE_SEGMENTS_PER_SOURCE_OF_MANY: usize = 2;
/// With re-arm, one part in this many of the ring is kept in reserve.
pub const RESERVE_DIVISOR: u64 = 4;
/// Sources of one recording.
pub const SOURCES_MAX: usize = 64;

/// Kernel buffers of all sources together, unless the profile says otherwise.
pub const KERNEL_BUFFER_DEFAULT: ByteCount = ByteCount(64 << 20);
/// The smallest kernel buffer of a source.
pub const KERNEL_BUFFER_MIN: ByteCount = ByteCount(1 << 20);
/// libpcap's read timeout. 10 ms costs nothing; 1 ms costs half again as much CPU.
pub const READ_TIMEOUT: Duration = Duration::from_millis(10);
/// Packets that one `dispatch` handles before the source looks at its commands.
pub const DISPATCH_PACKETS: usize = 1024;
/// Commands that may wait for a source.
pub const SOURCE_COMMANDS_MAX: usize = 16;
/// Reads that a source still makes after it was told to stop.
pub const STOP_READS_MAX: usize = 64;
/// How long after the cut a source may go on draining what the kernel holds.
pub const DRAIN_MAX: Duration = Duration::from_secs(2);
/// How often a source reads libpcap's counters and looks at its link.
pub const STATISTICS_INTERVAL: Duration = Duration::from_millis(500);
/// How often a busy source tells what it counted itself; several times a tick.
pub const COUNT_INTERVAL: Duration = Duration::from_millis(20);
/// How often a source that lost its device tries to open it again.
pub const REOPEN_INTERVAL: Duration = Duration::from_millis(500);
/// Bytes of a filter expression.
pub const FILTER_BYTES_MAX: usize = 16 << 10;

/// Memory that must stay free beside what a recording takes.
pub const FREE_MEMORY_MARGIN: ByteCount = ByteCount(64 << 20);
/// Bytes that the recorder itself needs, beside ring and buffers.
pub const RECORDER_MEMORY: ByteCount = ByteCount(16 << 20);

/// The tail unless the profile says otherwise.
pub const TAIL_DEFAULT: Duration = Duration::from_secs(1);
/// The longest tail.
pub const TAIL_MAX: Duration = Duration::from_secs(3600);
/// How long a frozen incident waits for the exit status of a target whose
/// fault was seen but which is still writing its core dump.
pub const EXIT_STATUS_WAIT: Duration = Duration::from_secs(10);
/// How long it waits for the status of one that has ended.
pub const LATE_STATUS_WAIT: Duration = Duration::from_secs(1);

/// Target processes watched at once.
pub const TARGETS_MAX: usize = 1024;
/// How often processes are listed while something is awaited.
pub const RESOLVE_INTERVAL: Duration = Duration::from_millis(250);
/// How often the polling fallback looks whether a process is still there.
pub const EXIT_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Peers of sockets that are counted each by itself at one look.
pub const SOCKET_PEERS_COUNTED_MAX: usize = 4096;
/// Threads that are looked at, beside each process's first, at one look.
pub const THREADS_LOOKED_AT_MAX: usize = 1024;
/// How often a probe is read unless the trigger says otherwise.
pub const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// The shortest interval of a probe.
pub const PROBE_INTERVAL_MIN: Duration = Duration::from_millis(50);
/// Readings within the span of a growth: each of a number that only grows is remembered.
pub const GROWTH_READINGS_MAX: u32 = 100_000;
/// Conditions of all triggers of a profile.
pub const CONDITIONS_MAX: usize = 64;
/// Signals of conditions that wait for the keeper.
pub const SIGNALS_QUEUED_MAX: usize = 1024;
/// Combinations within combinations.
pub const COMBINATIONS_DEEP_MAX: usize = 8;
/// The span of a share of retransmissions unless the trigger says otherwise.
pub const SHARE_SPAN_DEFAULT: Duration = Duration::from_secs(10);
/// Looking at things at intervals takes at most one part in this many of a core,
/// however many there are.
pub const LOOK_SHARE: u32 = 100;
/// How much of that rest is let off where there are other targets.
pub const LOOK_ADVANCE_MAX: Duration = Duration::from_secs(10);
/// The longest rest after a look, however much it cost.
pub const LOOK_REST_MAX: Duration = Duration::from_secs(60);

/// Conditions over packets of one recording.
pub const PACKET_CONDITIONS_MAX: usize = 32;
/// Those of them that look into payloads: each has an automaton.
pub const PAYLOAD_CONDITIONS_MAX: usize = 8;
/// Bytes of a text or expression that is looked for in payloads.
pub const PAYLOAD_TEXT_BYTES_MAX: usize = 1 << 10;
/// Memory of the automaton of one, and of making it.
pub const PAYLOAD_AUTOMATON_BYTES_MAX: usize = 1 << 20;
/// TCP connections that conditions follow; beyond, the one silent for longest is given up.
pub const CONNECTIONS_FOLLOWED_MAX: usize = 8192;
/// "So many times" at most: each is remembered until it does not count any more.
pub const HAPPENINGS_COUNTED_MAX: u32 = 10_000;
/// A condition over packets is told as met at most this often.
pub const PULSE_SPACING: Duration = Duration::from_millis(10);
/// The shortest span in a condition over packets: what is read comes in looks.
pub const PACKET_SPAN_MIN: Duration = Duration::from_millis(50);
/// The longest.
pub const PACKET_SPAN_MAX: Duration = Duration::from_secs(86_400);
/// The shortest span over which a share is taken.
pub const SHARE_SPAN_MIN: Duration = Duration::from_secs(1);
/// Of fewer TCP segments no share of retransmissions is taken.
pub const RETRANSMISSION_SEGMENTS_MIN: u32 = 20;
/// A segment that fills a gap so soon was overtaken, and not sent again.
pub const OVERTAKEN_MAX: Duration = Duration::from_millis(3);
/// A connection's packets on another interface are copies, unless those on the
/// first have stopped for so long.
pub const COPIES_SPAN: Duration = Duration::from_secs(1);
/// How often conditions over packets look at what was captured.
pub const FOLLOW_INTERVAL: Duration = Duration::from_millis(25);
/// How long a packet may be on its way to such a look: so late time is told.
pub const FOLLOW_LAG: Duration = Duration::from_millis(50);
const _: () =
    assert!(FOLLOW_LAG.as_millis() > FOLLOW_INTERVAL.as_millis() + READ_TIMEOUT.as_millis());
/// How often it is told how near conditions over packets are to happening.
pub const NEAR_INTERVAL: Duration = Duration::from_millis(500);
/// How often it is told again how much conditions over packets did not see.
pub const GAPS_TOLD_INTERVAL: Duration = Duration::from_secs(60);
/// Full segments of a source that wait to be looked at; older ones are skipped.
pub const FOLLOW_BEHIND_MAX: usize = 4;
/// Segments that a capture file is ahead of such a look.
pub const FOLLOW_AHEAD_MAX: u64 = 2;
/// A capture file whose time goes back by more begins anew.
pub const FILE_DISORDER_MAX: Duration = Duration::from_secs(1);

/// Over how long traffic is measured.
pub const TRAFFIC_WINDOW: Duration = Duration::from_secs(1);

/// The shortest interval and time of a health check or a command.
pub const ASK_INTERVAL_MIN: Duration = Duration::from_millis(50);
/// How often a health check asks unless said otherwise.
pub const HEALTH_INTERVAL: Duration = Duration::from_secs(5);
/// How long its answer may take unless said otherwise.
pub const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest, of a server.
pub const HEALTH_TIMEOUT_MAX: Duration = Duration::from_secs(30);
/// How many times in a row it must fail unless said otherwise.
pub const HEALTH_TIMES: u32 = 3;
/// How often a command is run unless said otherwise.
pub const COMMAND_INTERVAL: Duration = Duration::from_secs(10);
/// How long it may take unless said otherwise.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest.
pub const COMMAND_TIMEOUT_MAX: Duration = Duration::from_secs(600);

/// Actions of one profile.
pub const ACTIONS_MAX: usize = 16;
/// Incidents whose actions wait for those of others; of further ones they are left out.
pub const ACTIONS_WAITING_MAX: usize = 16;
/// How often the target is looked at for evidence that is gone after a crash.
pub const LAST_SEEN_INTERVAL: Duration = Duration::from_secs(5);
/// How long a program may run unless said otherwise.
pub const ACTION_TIMEOUT: Duration = Duration::from_secs(60);
/// How long one try of a webhook may take unless said otherwise.
pub const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a webhook is tried again unless said otherwise.
pub const WEBHOOK_RETRIES: u32 = 3;
/// Lines kept of a log unless said otherwise.
pub const LOG_LINES: u32 = 1000;

/// Words of one source that may wait for the keeper beside its segments.
pub const SOURCE_MESSAGES_MAX: usize = 64;
/// Commands that may wait for the keeper.
pub const COMMANDS_QUEUED_MAX: usize = 64;
/// Messages that may wait in a channel of events.
pub const EVENTS_QUEUED_MAX: usize = 1024;
/// Bytes of the sentence that a service manager is told; systemd takes no
/// message of more than 4096 bytes.
pub const SERVICE_STATUS_BYTES_MAX: usize = 512;
/// A service manager hears this often in the time after which it ends a silent service.
pub const SIGNS_OF_LIFE: u32 = 3;
/// How often the keeper looks at the time: the length of a traffic bin.
pub const TICK_INTERVAL: Duration = Duration::from_millis(100);
/// How often a status is told.
pub const STATUS_INTERVAL: Duration = Duration::from_millis(200);
const _: () = assert!(STATUS_INTERVAL.as_millis() >= TICK_INTERVAL.as_millis());
/// Traffic bins that wait for a front that does not read: ten minutes of them.
pub const TRAFFIC_BINS_MAX: usize = 6_000;
/// Firings noted in one incident beside the one that froze it.
pub const NOTED_FIRINGS_MAX: usize = 64;
/// Interface descriptions in one file; ids are never reused.
pub const INTERFACES_MAX: usize = 4096;
/// Bytes of the machine-readable facts in a file.
pub const FACTS_BYTES_MAX: usize = 48 << 10;
/// Bytes of one comment option: its length field has 16 bits.
pub const COMMENT_BYTES_MAX: usize = 60 << 10;
/// Bytes that are written at once.
pub const WRITE_BUFFER: usize = 4 << 20;
/// The unit in which files are written past the page cache.
pub const WRITE_UNIT: usize = 4096;
/// Names tried for a file before giving up: "name", "name-2" and so on.
pub const NAME_TRIES_MAX: u32 = 10_000;
/// Bytes that are read of a capture file at once.
pub const READ_BUFFER: usize = 1 << 20;
/// The largest block that is read: no program writes larger ones.
pub const READ_BLOCK_MAX: usize = 64 << 20;
/// Comments told of a capture file, on its sections and on its packets.
pub const READ_COMMENTS_MAX: usize = 64;
/// Bytes of a name, description or filter told of a capture file.
pub const READ_TEXT_BYTES_MAX: usize = 4 << 10;
/// Bins of the timeline of a capture file.
pub const TIMELINE_BINS_MAX: u64 = 2_000;
/// Conversations of a capture file that are counted each by itself.
pub const CONVERSATIONS_TRACKED_MAX: usize = 100_000;
/// Conversations of a capture file that are told: the last before an incident's
/// moment, else the busiest.
pub const CONVERSATIONS_TOLD_MAX: usize = 1_000;
/// Packets told of those right before an incident's moment.
pub const LAST_PACKETS_MAX: usize = 10;
/// Packets with a payload among which these are looked for.
pub const LAST_PACKETS_LOOKED_AT: usize = 64;
/// Bytes told of such a packet's payload.
pub const LAST_PAYLOAD_BYTES: usize = 160;
/// Ports of a capture file that are told, the busiest.
pub const PORTS_TOLD_MAX: usize = 20;
/// Watched processes that are told in an incident, the newest.
pub const WATCHED_TOLD_MAX: usize = 8;
/// Files of a folder that are told, the newest.
pub const HEADS_MAX: usize = 10_000;
/// The longest section header that is read for a list of files: room for two
/// comments of the greatest length.
pub const READ_SECTION_MAX: usize = 256 << 10;
/// Bytes of a section that is added to an incident's file, and read back.
pub const APPENDED_SECTION_BYTES_MAX: usize = 1 << 20;
/// Sections added to a file that are read back.
pub const APPENDED_SECTIONS_MAX: usize = 16;
/// The longest time that a program run after an incident may take.
pub const ACTION_TIMEOUT_MAX: Duration = Duration::from_secs(3600);
/// The longest time that one try of a webhook may take.
pub const WEBHOOK_TIMEOUT_MAX: Duration = Duration::from_secs(60);
/// How often a webhook is tried again at most.
pub const WEBHOOK_RETRIES_MAX: u32 = 5;
/// The wait before the first new try; each further one is twice as long.
pub const WEBHOOK_BACKOFF: Duration = Duration::from_secs(1);
/// How long all tries of a webhook may take together.
pub const WEBHOOK_TOTAL_MAX: Duration = Duration::from_secs(300);
/// Headers of a webhook.
pub const WEBHOOK_HEADERS_MAX: usize = 32;
/// Bytes kept of what a program or a server answers.
pub const OUTPUT_BYTES_MAX: usize = 16 << 10;
/// Bytes of one fact as other programs are told it.
pub const FIELD_BYTES_MAX: usize = 8 << 10;
/// Logs whose ends are collected.
pub const LOGS_MAX: usize = 8;
/// Lines of one log that are collected.
pub const LOG_LINES_MAX: u32 = 100_000;
/// Bytes of one log that are collected.
pub const LOG_BYTES_MAX: u64 = 4 << 20;
/// Bytes of one piece of evidence that is kept as a comment.
pub const EVIDENCE_COMMENT_BYTES_MAX: usize = 40 << 10;
/// Pieces of evidence that are kept as comments.
pub const EVIDENCE_COMMENTS_MAX: usize = 20;
/// How often a core dump is looked for, while it may still be written.
pub const CORE_DUMP_TRIES: u32 = 5;
/// The wait between two such looks.
pub const CORE_DUMP_PAUSE: Duration = Duration::from_secs(1);
/// A difference between wall and monotonic clock that is worth telling.
pub const CLOCK_JUMP_MIN: Duration = Duration::from_millis(500);

/// How long a program that was killed is waited for.
pub const KILLED_WAIT: Duration = Duration::from_secs(2);
/// How long the output of a program that has ended is read on, where a process
/// that it left behind holds it open.
pub const LEFT_OUTPUT_WAIT: Duration = Duration::from_millis(200);
/// Bytes that are read of a pipe at once: what Linux holds in one.
pub const PIPE_BUFFER: usize = 64 << 10;
/// How long a launched target may be held up by a recording that listens to it and
/// is behind; then words are missed.
pub const COPY_WAIT: Duration = Duration::from_secs(1);
/// Bytes that are kept of what a program says that is asked again and again.
pub const COMMAND_OUTPUT_MAX: usize = 64 << 10;
/// Bytes of a line of a log that are looked at.
pub const LOG_LINE_MAX: usize = 64 << 10;
/// How often a log file is looked at.
pub const LOG_INTERVAL: Duration = Duration::from_millis(100);
/// Bytes of a log that one such look reads.
pub const LOG_LOOK_BYTES: usize = 8 << 20;
/// Looks in a row after which a log that still has more is told to be read late.
pub const LOG_BEHIND_LOOKS: u32 = 20;
/// How long journalctl may take to say whether there is a journal.
pub const JOURNAL_CHECK_WAIT: Duration = Duration::from_secs(5);
/// Bytes of a field of the journal that are held; messages are passed on as they come.
pub const JOURNAL_FIELD_MAX: usize = 4 << 10;
/// How long after its end journalctl is started again.
pub const JOURNAL_AGAIN: Duration = Duration::from_secs(5);
/// Bytes of a regular expression over lines.
pub const EXPRESSION_BYTES_MAX: usize = 4 << 10;
/// Memory of a compiled one, and again of what it remembers while it matches.
pub const EXPRESSION_MEMORY_MAX: usize = 1 << 20;
/// Characters of a line that a sentence shows.
pub const QUOTED_CHARS_MAX: usize = 300;

/// A frame of the link or of the local socket: room for a status with all the
/// traffic bins that may wait, about 120 bytes each.
pub const FRAME_BYTES_MAX: usize = 1 << 20;
const _: () = assert!(FRAME_BYTES_MAX >= 160 * TRAFFIC_BINS_MAX);

const _: () = assert!(SEGMENT_MIN.0 <= SEGMENT_MAX.0);
const _: () = assert!((SNAPLEN_MAX as u64) < SEGMENT_MAX.0);
const _: () = assert!(SPARE_SEGMENTS_PER_SOURCE_OF_MANY <= SPARE_SEGMENTS_PER_SOURCE);
const _: () = assert!(WRITE_BUFFER.is_multiple_of(WRITE_UNIT));
const _: () = assert!(FACTS_BYTES_MAX <= COMMENT_BYTES_MAX);
const _: () = assert!(2 * COMMENT_BYTES_MAX < READ_SECTION_MAX);
const _: () = assert!(COMMENT_BYTES_MAX < u16::MAX as usize);
const _: () = assert!(PACKET_CONDITIONS_MAX <= u32::BITS as usize);
const _: () = assert!(EVIDENCE_COMMENT_BYTES_MAX + 256 < COMMENT_BYTES_MAX);
const _: () = assert!(
    EVIDENCE_COMMENTS_MAX * (EVIDENCE_COMMENT_BYTES_MAX + 256) < APPENDED_SECTION_BYTES_MAX
);
const _: () = assert!(EVIDENCE_COMMENTS_MAX < READ_COMMENTS_MAX);
