package vm

import (
	"math"
	"math/rand/v2"

	glua "github.com/yuin/gopher-lua"
)

// installMath opens the math library (Lua 5.1 reference manual, section 5.6).
// Its random numbers are the machine's own.
func installMath(L *glua.LState) {
	lib := open(L, glua.OpenMath)
	lib.RawSetString("huge", glua.LNumber(math.Inf(1)))
	for _, f := range []struct {
		name    string
		compute func(float64) float64
	}{
		{"abs", math.Abs}, {"acos", math.Acos}, {"asin", math.Asin}, {"atan", math.Atan},
		{"ceil", math.Ceil}, {"cos", math.Cos}, {"cosh", math.Cosh}, {"exp", math.Exp},
		{"floor", math.Floor}, {"log", math.Log}, {"log10", math.Log10},
		{"sin", math.Sin}, {"sinh", math.Sinh}, {"sqrt", math.Sqrt}, {"tan", math.Tan}, {"tanh", math.Tanh},
		{"deg", func(x float64) float64 { return x / (math.Pi / 180) }},
		{"rad", func(x float64) float64 { return x * (math.Pi / 180) }},
	} {
		set(L, lib, f.name, func(L *glua.LState) int {
			L.Push(glua.LNumber(f.compute(checkNumber(L, 1))))
			return 1
		})
	}
	for _, f := range []struct {
		name    string
		compute func(x, y float64) float64
	}{
		{"atan2", math.Atan2}, {"fmod", math.Mod}, {"mod", math.Mod}, {"pow", math.Pow},
		{"ldexp", func(x, y float64) float64 { return math.Ldexp(x, truncate(y)) }},
	} {
		set(L, lib, f.name, func(L *glua.LState) int {
			L.Push(glua.LNumber(f.compute(checkNumber(L, 1), checkNumber(L, 2))))
			return 1
		})
	}
	set(L, lib, "frexp", mathFrexp)
	set(L, lib, "max", func(L *glua.LState) int { return best(L, func(a, b float64) bool { return a > b }) })
	set(L, lib, "min", func(L *glua.LState) int { return best(L, func(a, b float64) bool { return a < b }) })
	set(L, lib, "modf", mathModf)
	set(L, lib, "random", mathRandom)
	set(L, lib, "randomseed", mathRandomseed)
}

func best(L *glua.LState, better func(a, b float64) bool) int {
	found := checkNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if n := checkNumber(L, i); better(n, found) {
			found = n
		}
	}
	L.Push(glua.LNumber(found))
	return 1
}

func mathFrexp(L *glua.LState) int {
	fraction, exponent := math.Frexp(checkNumber(L, 1))
	L.Push(glua.LNumber(fraction))
	L.Push(glua.LNumber(exponent))
	return 2
}

func mathModf(L *glua.LState) int {
	n := checkNumber(L, 1)
	whole, fraction := math.Modf(n)
	if math.IsInf(n, 0) {
		fraction = math.Copysign(0, n)
	}
	L.Push(glua.LNumber(whole))
	L.Push(glua.LNumber(fraction))
	return 2
}

// mathRandom starts from a random seed: a page that is made anew for every
// request would else always draw the same numbers.
func mathRandom(L *glua.LState) int {
	m := Of(L)
	if m.random == nil {
		m.random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	r := m.random.Float64()
	low, high := 1.0, 0.0
	switch L.GetTop() {
	case 0:
		L.Push(glua.LNumber(r))
		return 1
	case 1:
		high = float64(checkInt(L, 1))
		if low > high {
			argError(L, 1, "interval is empty")
		}
	case 2:
		low, high = float64(checkInt(L, 1)), float64(checkInt(L, 2))
		if low > high {
			argError(L, 2, "interval is empty")
		}
	default:
		L.RaiseError("wrong number of arguments")
	}
	L.Push(glua.LNumber(math.Floor(r*(high-low+1)) + low))
	return 1
}

func mathRandomseed(L *glua.LState) int {
	seed := math.Float64bits(checkNumber(L, 1))
	Of(L).random = rand.New(rand.NewPCG(seed, 0))
	return 0
}
