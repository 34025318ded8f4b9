package server

import (
	"bufio"
	"context"
	"io"
	"iter"
	"strings"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/journal"
)

// chunk is how many bytes of a stream go into one message.
const chunk = 64 << 10

// maxLevel is the highest level of tiles that a log of 2^63 leaves has.
const maxLevel = 7

// Leaves reads the log and what is derived from it.
type Leaves interface {
	merkle.TileReader
	Size(ctx context.Context) (int64, error)
	Leaves(ctx context.Context, first int64, count int, fn func(leaf []byte) error) error
	Dump(ctx context.Context, size int64, fn func(tables.Record) error) error
	Checkpoints(ctx context.Context, after int64, limit int) ([]checkpoint.Published, error)
	Paths(ctx context.Context) iter.Seq2[string, error]
	Journal(ctx context.Context, size int64) iter.Seq2[*leaf.Transaction, error]
}

// Publisher knows what is published of the log.
type Publisher interface {
	// Latest returns the newest checkpoint; fault NO_CHECKPOINT where there is none.
	Latest(ctx context.Context) (checkpoint.Published, error)
	// Keys returns all keys of the log and which of them signs a tree of a size.
	Keys(ctx context.Context, size int64) ([]checkpoint.SigningKey, string, error)
	// Signed returns the note of a checkpoint with its witnesses' cosignatures.
	Signed(c checkpoint.Published) []byte
}

// Log serves LogService.
type Log struct {
	publisher Publisher
	leaves    Leaves
	tail      int64 // leaves behind the published checkpoint
}

var _ ledgerv1.LogServiceServer = (*Log)(nil)

// NewLog returns the server of LogService.
func NewLog(publisher Publisher, leaves Leaves) *Log {
	return &Log{publisher: publisher, leaves: leaves, tail: maxTail}
}

// GetCheckpoint reads the published checkpoint.
func (s *Log) GetCheckpoint(ctx context.Context, _ *ledgerv1.GetCheckpointRequest) (*ledgerv1.Checkpoint, error) {
	c, err := s.publisher.Latest(ctx)
	if err != nil {
		return nil, err
	}
	return s.checkpointProto(ctx, c)
}

func (s *Log) checkpointProto(ctx context.Context, c checkpoint.Published) (*ledgerv1.Checkpoint, error) {
	known, current, err := s.publisher.Keys(ctx, c.Size)
	if err != nil {
		return nil, err
	}
	keys := make([]*ledgerv1.SigningKey, len(known))
	for i, k := range known {
		keys[i] = &ledgerv1.SigningKey{
			Generation: int32(k.Generation), VerifierKey: k.VerifierKey, FirstSize: k.FirstSize, Endorsement: k.Endorsement,
		}
	}
	return &ledgerv1.Checkpoint{
		Note: strings.ToValidUTF8(string(c.Note), "\uFFFD"), TreeSize: c.Size, RootHash: c.Root[:], VerifierKey: current, Keys: keys,
	}, nil
}

// ReadTile reads hashes.
func (s *Log) ReadTile(ctx context.Context, req *ledgerv1.ReadTileRequest) (*ledgerv1.ReadTileResponse, error) {
	level := int(req.GetLevel())
	if level < 0 || level > maxLevel {
		return nil, fault.Field("level", fault.FieldOutOfRange, "must be 0 to 7")
	}
	width, err := s.within(ctx, level, req.GetIndex(), req.GetWidth())
	if err != nil {
		return nil, err
	}
	hashes, err := s.leaves.ReadTile(ctx, level, req.GetIndex(), width)
	if err != nil {
		return nil, err
	}
	return &ledgerv1.ReadTileResponse{Data: hashes[:width*merkle.HashSize]}, nil
}

// within checks that a tile, or a bundle of leaves, lies within the published
// log, and returns its width as a number.
func (s *Log) within(ctx context.Context, level int, index int64, width int32) (int, error) {
	if index < 0 {
		return 0, fault.Field("index", fault.FieldOutOfRange, "must not be negative")
	}
	if width < 0 || width >= merkle.TileWidth {
		return 0, fault.Field("width", fault.FieldOutOfRange, "must be 1 to 255, or 0 for a full tile")
	}
	w := int64(width)
	if w == 0 {
		w = merkle.TileWidth
	}
	c, err := s.publisher.Latest(ctx)
	if err != nil {
		return 0, err
	}
	if hashes := c.Size >> (8 * level); index > hashes/merkle.TileWidth || index*merkle.TileWidth+w > hashes {
		return 0, fault.Missing("tile in the published log")
	}
	return int(w), nil
}

// ReadEntriesTile streams a bundle of leaves, with gaps where the tables do not
// have them.
func (s *Log) ReadEntriesTile(req *ledgerv1.ReadEntriesTileRequest, stream grpc.ServerStreamingServer[ledgerv1.ReadEntriesTileResponse]) error {
	ctx := stream.Context()
	width, err := s.within(ctx, 0, req.GetIndex(), req.GetWidth())
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(sender(func(p []byte) error {
		return stream.Send(&ledgerv1.ReadEntriesTileResponse{Data: p})
	}), chunk)
	err = s.leaves.Leaves(ctx, req.GetIndex()*merkle.TileWidth, width, func(leaf []byte) error {
		_, err := w.Write(merkle.AppendEntry(nil, leaf))
		return err
	})
	if err != nil {
		return err
	}
	return w.Flush()
}

// ExportJournal streams the journal in the format asked for.
func (s *Log) ExportJournal(req *ledgerv1.ExportJournalRequest, stream grpc.ServerStreamingServer[ledgerv1.ExportJournalResponse]) error {
	formats := map[ledgerv1.JournalFormat]func(io.Writer, journal.Accounts, journal.Transactions) error{
		ledgerv1.JournalFormat_JOURNAL_FORMAT_HLEDGER:   journal.Hledger,
		ledgerv1.JournalFormat_JOURNAL_FORMAT_BEANCOUNT: journal.Beancount,
		ledgerv1.JournalFormat_JOURNAL_FORMAT_CSV: func(w io.Writer, _ journal.Accounts, transactions journal.Transactions) error {
			return journal.CSVArchive(w, transactions)
		},
	}
	format, ok := formats[req.GetFormat()]
	if !ok {
		return fault.Field("format", fault.FieldUnknownValue, "must be hledger, beancount or csv")
	}
	ctx := stream.Context()
	size, err := s.leaves.Size(ctx)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(sender(func(p []byte) error {
		return stream.Send(&ledgerv1.ExportJournalResponse{Data: p})
	}), chunk)
	// What the transactions name was opened before their number was read.
	if err := format(w, s.leaves.Paths(ctx), s.leaves.Journal(ctx, size)); err != nil {
		return err
	}
	return w.Flush()
}

// sender writes to a stream; the bytes are copied when a message is marshalled.
type sender func(p []byte) error

// Write sends p in messages of at most a chunk.
func (s sender) Write(p []byte) (int, error) {
	for n := 0; n < len(p); n += chunk {
		if err := s(p[n:min(n+chunk, len(p))]); err != nil {
			return n, err
		}
	}
	return len(p), nil
}
