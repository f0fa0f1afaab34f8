/* Wine has no icuuc.dll, which Windows 10 brings along and Qt links: just enough that Qt starts under Wine. For tests
   only: it converts nothing, and the build refuses to pack it. Every function says U_UNSUPPORTED_ERROR where it can. */
#define EXPORT __declspec(dllexport)
#define UNSUPPORTED 16

EXPORT const char only_for_wine[] = "only_for_wine";

EXPORT void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
EXPORT void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
EXPORT void ucnv_cbFromUWriteUChars(void) {}
EXPORT void ucnv_cbToUWriteUChars(void) {}
EXPORT void ucnv_close(void *converter) {}
EXPORT int ucnv_countAvailable(void) { return 0; }
EXPORT int ucnv_fromUCountPending(void *converter, int *status) { *status = UNSUPPORTED; return 0; }
EXPORT void ucnv_fromUnicode(void) {}
EXPORT const char *ucnv_getAvailableName(int number) { return 0; }
EXPORT void ucnv_getFromUCallBack(void) {}
EXPORT signed char ucnv_getMaxCharSize(void *converter) { return 1; }
EXPORT const char *ucnv_getName(void *converter, int *status) { *status = UNSUPPORTED; return 0; }
EXPORT const char *ucnv_getStandardName(const char *name, const char *standard, int *status)
{
    *status = UNSUPPORTED;
    return 0;
}
EXPORT void ucnv_getToUCallBack(void) {}
EXPORT void *ucnv_open(const char *name, int *status) { *status = UNSUPPORTED; return 0; }
EXPORT void ucnv_reset(void *converter) {}
EXPORT void ucnv_setFromUCallBack(void) {}
EXPORT void ucnv_setToUCallBack(void) {}
EXPORT int ucnv_toUCountPending(void *converter, int *status) { *status = UNSUPPORTED; return 0; }
EXPORT void ucnv_toUnicode(void) {}
