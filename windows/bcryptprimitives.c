/*
 * For tests under wine 8.0 only, which lacks this library: the one function of it that Rust's standard library imports.
 * https://learn.microsoft.com/windows/win32/seccng/processprng
 */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *bytes, SIZE_T count)
{
    const ULONG most = 1UL << 28;
    for (SIZE_T done = 0; done < count;) {
        ULONG part = count - done < most ? (ULONG)(count - done) : most;
        if (!RtlGenRandom(bytes + done, part))
            return FALSE;
        done += part;
    }
    return TRUE;
}
