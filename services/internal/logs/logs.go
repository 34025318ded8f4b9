// Package logs makes the structured log of a service. Whatever reaches it is
// redacted by the classes of the contract: messages lose their secret fields,
// database errors lose everything but their code.
package logs

import (
	"errors"
	"io"
	"log/slog"

	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// New returns a log that writes to w in a format ("json" or "text") from a
// level ("debug", "info", "warn", "error") on.
func New(w io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: l, ReplaceAttr: redact}
	if format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func redact(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case proto.Message:
		return slog.Any(a.Key, Message(v))
	case error:
		return slog.String(a.Key, Error(v))
	}
	return a
}

// Error returns the text of err that may be logged: of a database error only
// the code and the constraint's name, since its message may quote a value.
func Error(err error) string {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err.Error()
	}
	text := "postgres " + pg.Code + " " + pg.ConstraintName
	if f := fault.As(err); f != nil {
		text = string(f.Reason) + ": " + text
	}
	return text
}

// Message returns the fields of m that may be logged; secret ones are replaced
// by the name of their class.
func Message(m proto.Message) map[string]any {
	out := map[string]any{}
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		out[f.JSONName()] = field(f, v)
		return true
	})
	return out
}

func field(f protoreflect.FieldDescriptor, v protoreflect.Value) any {
	switch {
	case policy.Secret(f):
		return "[" + policy.ClassOf(f).String() + "]"
	case f.IsMap():
		return v.Map().Len()
	case f.IsList():
		list := make([]any, v.List().Len())
		for i := range list {
			list[i] = scalar(f, v.List().Get(i))
		}
		return list
	default:
		return scalar(f, v)
	}
}

func scalar(f protoreflect.FieldDescriptor, v protoreflect.Value) any {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return Message(v.Message().Interface())
	case protoreflect.BytesKind:
		return len(v.Bytes())
	default:
		return v.Interface()
	}
}
