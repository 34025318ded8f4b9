package rpctest

import (
	"context"
	"path"
	"sync"

	"google.golang.org/grpc"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Trouble is what may happen to calls on their way: they can be lost before or
// after their effect, something can happen meanwhile, and they are counted. Methods
// go by their last name, "Post". The zero Trouble is none.
type Trouble struct {
	mu    sync.Mutex
	next  map[string][]bool // for each coming call, whether it is lost after its effect
	hooks map[string]func()
	calls map[string]int
	down  bool
}

// errLost is a call whose answer never came.
var errLost = fault.New(fault.Unavailable, fault.ReasonUnavailable, "The answer was lost.")

// FailNext loses one more of the coming calls of a method, before its effect or
// after it.
func (t *Trouble) FailNext(method string, afterEffect bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == nil {
		t.next = map[string][]bool{}
	}
	t.next[method] = append(t.next[method], afterEffect)
}

// Down loses every call before its effect, until it is called with false.
func (t *Trouble) Down(down bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.down = down
}

// Meanwhile has f run within each call of a method, before its effect; nil ends it.
func (t *Trouble) Meanwhile(method string, f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hooks == nil {
		t.hooks = map[string]func(){}
	}
	t.hooks[method] = f
}

// Calls counts the calls of a method, lost ones included.
func (t *Trouble) Calls(method string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.calls[method]
}

// Before returns an error where a call is lost before its effect, and a function
// that returns one where it is lost after it.
func (t *Trouble) Before(method string) (after func() error, err error) {
	t.mu.Lock()
	if t.calls == nil {
		t.calls = map[string]int{}
	}
	t.calls[method]++
	lost, afterEffect := t.down || len(t.next[method]) > 0, false
	if len(t.next[method]) > 0 {
		afterEffect = t.next[method][0]
		t.next[method] = t.next[method][1:]
	}
	hook := t.hooks[method]
	t.mu.Unlock()
	if lost && !afterEffect {
		return nil, errLost
	}
	if hook != nil {
		hook()
	}
	return func() error {
		if lost {
			return errLost
		}
		return nil
	}, nil
}

// Around returns a connection whose unary calls have the trouble.
func (t *Trouble) Around(conn grpc.ClientConnInterface) grpc.ClientConnInterface {
	return troubled{conn, t}
}

type troubled struct {
	grpc.ClientConnInterface
	trouble *Trouble
}

func (c troubled) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	after, err := c.trouble.Before(path.Base(method))
	if err != nil {
		return err
	}
	if err := c.ClientConnInterface.Invoke(ctx, method, args, reply, opts...); err != nil {
		return err
	}
	return after()
}
