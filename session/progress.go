package session

import "context"

type progressKey struct{}

// WithProgress returns a context with which [Store.Each] and [Store.Sweep], and
// the methods of [Engine] that call them, tell progress how far they are: done
// parts of total. The parts are of about equal work. It is called by the goroutine
// that does the work, with done from 0 to total, unless the work ends early.
func WithProgress(ctx context.Context, progress func(done, total int)) context.Context {
	return context.WithValue(ctx, progressKey{}, progress)
}

// Progress returns the function of [WithProgress], or one that does nothing. It is
// meant for stores.
func Progress(ctx context.Context) func(done, total int) {
	if progress, ok := ctx.Value(progressKey{}).(func(int, int)); ok && progress != nil {
		return progress
	}
	return func(int, int) {}
}
