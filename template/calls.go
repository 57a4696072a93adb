package template

// The functions that Code calls. The caller of Parse provides them as globals.
// All names begin with "__lc_", which pages leave alone.
const (
	// Out prints a run of output. Its first two arguments are the digits of the
	// run's number, see RunIndex; one argument follows for every expression of the
	// run. It returns nothing.
	Out = "__lc_out"

	// OutWide is Out for the runs from number 10,000 on: it has three digits.
	OutWide = "__lc_outw"

	// Put is "put E": it prints its one argument as it is, like put.
	Put = "__lc_put"

	// Header is "put header E": it adds the header of its one argument,
	// a string "Name: value".
	Header = "__lc_header"

	// Into is "put E into a.b.c". It is called as
	//
	//	a = __lc_into(a, E, "b", "c")
	//
	// and sets the field that the keys (one or more) lead to. Missing tables on the
	// way, a itself included, are created. It returns a, or the table created for it.
	Into = "__lc_into"

	// After and Before are "put E after a.b.c" and "put E before a.b.c". They are
	// called like Into, with no keys for a plain variable, and put E after or
	// before the string that is there; nil counts as the empty string. They return
	// the new value of a.
	After  = "__lc_after"
	Before = "__lc_before"

	// StartSession, StopSession and DeleteSession are "start session", "stop
	// session" and "delete session". They take and return nothing.
	StartSession  = "__lc_start_session"
	StopSession   = "__lc_stop_session"
	DeleteSession = "__lc_delete_session"
)

// A run's number is passed as digits to this base, so that a chunk has at most
// so many distinct numbers however many runs there are: the time gopher-lua
// takes to compile a chunk grows with the square of the number of its constants.
const runBase = 100

// maxRuns is the number of runs that three digits can tell apart.
const maxRuns = runBase * runBase * runBase

// RunIndex returns the number of the run, the index in Page.Runs, that a call
// of Out (two digits) or OutWide (three digits) prints. A page can call these
// functions itself, so the caller must check the result against len(Runs).
func RunIndex(digits ...int) int {
	n := 0
	for _, d := range digits {
		n = n*runBase + d
	}
	return n
}

// MaxRunExprs is the largest number of expressions in a run. Each takes a
// register of the calling function while the call is made, of which there are
// about 200, shared with its local variables.
const MaxRunExprs = 16

// Limits of what Parse accepts. Beyond them it returns an error, so that
// compilers that follow the shape of the code by recursion or take more than
// linear time for it stay within bounds.
const (
	// MaxCode is the number of bytes of code in a page, comments included. Text is
	// not limited.
	MaxCode = 1 << 20

	// MaxNesting is how deep blocks, brackets, functions and operators that group
	// to the right (.. ^ not - #) may be nested, as LUAI_MAXCCALLS of Lua 5.1.
	MaxNesting = 200

	// MaxHeight is the height of the syntax tree: how many operators, calls,
	// indexes or elseif branches may form one chain. gopher-lua 1.1.2 takes about
	// 1 kB of stack for each, and a time that grows with the square of the length:
	// 5 ms for 1,000 additions, 500 ms for 10,000, 47 s for 100,000.
	MaxHeight = 1000
)
