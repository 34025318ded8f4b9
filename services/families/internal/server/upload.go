package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/sourcelist"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
)

// maxFile bounds an upload, in bytes.
const maxFile = 100 << 20

// rowsAtOnce is how many rows are stored in one transaction.
const rowsAtOnce = 1000

// giveUpTime is how long giving an import up may take after its call has ended.
const giveUpTime = 10 * time.Second

// uploadStream is the stream of an upload.
type uploadStream = grpc.ClientStreamingServer[familiesv1.ImportPrisonersRequest, familiesv1.PrisonerImport]

// ImportPrisoners takes a file while it arrives.
func (s *Server) ImportPrisoners(stream uploadStream) error {
	ctx := stream.Context()
	first, err := stream.Recv()
	if err != nil {
		return fmt.Errorf("receive header: %w", err)
	}
	header := first.GetHeader()
	if header == nil {
		return fault.Field("header", fault.FieldWrongOrder, "must be the first message")
	}
	if err := prisoner.CheckList("sourceList", header.GetSourceList()); err != nil {
		return err
	}
	upload := register.Upload{SourceList: header.GetSourceList(), Importer: person(ctx), RequestID: header.GetRequestId()}
	id, existing, err := s.Prisoners.BeginImport(ctx, upload)
	if err != nil {
		return err
	}
	file := &fileReader{stream: stream, hash: sha256.New()}
	if existing {
		if err = s.compare(ctx, id, file); err == nil {
			stream.SetTrailer(metadata.Pairs("idempotent-replayed", "true")) // headers were sent when the caller was let in
		}
	} else if err = s.take(ctx, id, upload.SourceList, file); err != nil {
		s.giveUp(ctx, id, err)
	}
	if err != nil {
		return err
	}
	i, err := s.Prisoners.Import(ctx, id)
	if err != nil {
		return err
	}
	return stream.SendAndClose(s.importProto(ctx, i))
}

// compare reads a repeated file to its end and checks that it is the same.
func (s *Server) compare(ctx context.Context, id string, file *fileReader) error {
	if _, err := io.Copy(io.Discard, file); err != nil {
		return err
	}
	earlier, err := s.Prisoners.Import(ctx, id)
	if err != nil {
		return err
	}
	if !bytes.Equal(earlier.SHA256, file.hash.Sum(nil)) {
		return fault.New(fault.Precondition, idempotency.KeyReused, "The idempotency key was used with another request.")
	}
	return nil
}

// take parses a file while the rows before are sealed and stored, then compares
// it with what the list said before.
func (s *Server) take(ctx context.Context, id, list string, file *fileReader) error {
	batches := make(chan []prisonerimport.Row, 1)
	g, working := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(batches)
		return s.parse(working, file, batches)
	})
	g.Go(func() error {
		for batch := range batches {
			if err := s.Prisoners.AppendRows(working, id, list, batch); err != nil {
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return s.Prisoners.StageImport(ctx, id, file.hash.Sum(nil))
}

// parse reads a file to its end and sends its rows on, some at a time.
func (s *Server) parse(ctx context.Context, file *fileReader, batches chan<- []prisonerimport.Row) error {
	header, rows, err := sourcelist.Parse(file, s.Now())
	if err != nil {
		return err
	}
	// The last rows of a file go with those before: alone they would stand at the end of
	// the table, few enough to be told apart.
	var batch, before []prisonerimport.Row
	send := func(rows []prisonerimport.Row) error {
		select {
		case batches <- rows:
			return nil
		case <-ctx.Done(): // storing has failed
			return ctx.Err()
		}
	}
	count := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if count++; count > prisonerimport.MaxRows {
			return prisonerimport.TooManyRows()
		}
		if batch = append(batch, prisonerimport.FromList(header, row)); len(batch) < rowsAtOnce {
			continue
		}
		if before != nil {
			if err := send(before); err != nil {
				return err
			}
		}
		batch, before = make([]prisonerimport.Row, 0, rowsAtOnce), batch
	}
	if err := send(append(before, batch...)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, file) // what the parser left unread
	return err
}

// giveUp notes why a file was not taken, even where its call has ended. What it cannot
// note, the duty to give abandoned imports up does.
func (s *Server) giveUp(ctx context.Context, id string, cause error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveUpTime)
	defer cancel()
	failure := "The file did not arrive in full."
	if f := fault.As(cause); f != nil && f.Kind == fault.Invalid && len(f.Violations) > 0 {
		failure = f.Violations[0].Field + " " + f.Violations[0].Description
	}
	_ = s.Prisoners.FailImport(ctx, id, failure)
}

// fileReader reads the chunks of an upload as one file and hashes them.
type fileReader struct {
	stream uploadStream
	hash   hash.Hash
	rest   []byte
	size   int
}

// Read reads from the current chunk, receiving the next where it is used up.
func (r *fileReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		req, err := r.stream.Recv()
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("receive file: %w", err)
		}
		if req.GetHeader() != nil {
			return 0, fault.Field("header", fault.FieldGivenTwice, "must come once, as the first message")
		}
		if r.size += len(req.GetChunk()); r.size > maxFile {
			return 0, fault.Field("file", fault.FieldTooLong, "is larger than 100 MiB")
		}
		r.rest = req.GetChunk()
		r.hash.Write(r.rest)
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
