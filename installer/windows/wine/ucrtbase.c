/* Wine 10 leaves out the complex functions of ucrtbase.dll, which Windows 10 brings along and NumPy calls when it is
   loaded. They stand here, and every other function goes on to Wine's own library (make_stubs.sh). For tests only: the
   build refuses to pack it. Structures instead of C's complex types: that is how Microsoft's compiler passes them. */
#include <complex.h>

__attribute__((used)) static const char mark[] = "only_for_wine";

typedef struct { double re, im; } wide;
typedef struct { float re, im; } narrow;

static double _Complex of(wide z) { return z.re + z.im * I; }
static wide to(double _Complex z) { return (wide){creal(z), cimag(z)}; }
static wide widened(narrow z) { return (wide){z.re, z.im}; }
static narrow narrowed(wide z) { return (narrow){(float)z.re, (float)z.im}; }

#define COMPLEX(name) \
    wide only_for_wine_##name(wide z) { return to(name(of(z))); } \
    wide only_for_wine_##name##l(wide z) { return to(name(of(z))); } \
    narrow only_for_wine_##name##f(narrow z) { return narrowed(to(name(of(widened(z))))); }
#define REAL(name) \
    double only_for_wine_##name(wide z) { return name(of(z)); } \
    double only_for_wine_##name##l(wide z) { return name(of(z)); } \
    float only_for_wine_##name##f(narrow z) { return (float)name(of(widened(z))); }

COMPLEX(ccos) COMPLEX(ccosh) COMPLEX(cexp) COMPLEX(conj)
COMPLEX(csin) COMPLEX(csinh) COMPLEX(ctan) COMPLEX(ctanh)
REAL(cabs) REAL(carg) REAL(cimag) REAL(creal)

wide only_for_wine_cpow(wide z, wide n) { return to(cpow(of(z), of(n))); }
wide only_for_wine_cpowl(wide z, wide n) { return to(cpow(of(z), of(n))); }
narrow only_for_wine_cpowf(narrow z, narrow n) { return narrowed(only_for_wine_cpow(widened(z), widened(n))); }
