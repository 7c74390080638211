/* Windows has a curl.exe, wine has none: this one knows the options that the tests use, and plain http. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <wininet.h>

static char headers[65536];

static void add_header(const char *line)
{
    strncat(headers, line, sizeof headers - strlen(headers) - 3);
    strcat(headers, "\r\n");
}

static void read_headers(FILE *input)
{
    char line[16384];
    while (fgets(line, sizeof line, input)) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line)
            add_header(line);
    }
}

static int ask(const char *address, const char *method, const char *data, FILE *output, int *status)
{
    char host[256], path[8192], buffer[16384];
    URL_COMPONENTSA parts = { sizeof parts };
    DWORD size = sizeof *status, count;
    parts.lpszHostName = host, parts.dwHostNameLength = sizeof host;
    parts.lpszUrlPath = path, parts.dwUrlPathLength = sizeof path;
    if (!InternetCrackUrlA(address, 0, 0, &parts))
        return 3;
    HINTERNET session = InternetOpenA("curl", INTERNET_OPEN_TYPE_DIRECT, 0, 0, 0);
    HINTERNET server = InternetConnectA(session, host, parts.nPort, 0, 0, INTERNET_SERVICE_HTTP, 0, 0);
    HINTERNET request = HttpOpenRequestA(server, method, path, 0, 0, 0, INTERNET_FLAG_RELOAD, 0);
    if (data)
        add_header("Content-Type: application/x-www-form-urlencoded");
    if (!HttpSendRequestA(request, headers, strlen(headers), (void *)data, data ? strlen(data) : 0))
        return 7;
    HttpQueryInfoA(request, HTTP_QUERY_STATUS_CODE | HTTP_QUERY_FLAG_NUMBER, status, &size, 0);
    while (InternetReadFile(request, buffer, sizeof buffer, &count) && count)
        fwrite(buffer, 1, count, output);
    return 0;
}

int main(int count, char **words)
{
    const char *address = 0, *data = 0, *method = 0;
    FILE *output = stdout;
    int fails = 0, status = 0;
    for (int at = 1; at < count; at++) {
        const char *word = words[at];
        if (!strcmp(word, "-H") && at + 1 < count) {
            const char *value = words[++at];
            FILE *file = *value != '@' ? 0 : value[1] == '-' ? stdin : fopen(value + 1, "r");
            if (file)
                read_headers(file);
            else if (*value == '@')
                return 26;
            else
                add_header(value);
        } else if ((!strcmp(word, "-d") || !strcmp(word, "--data")) && at + 1 < count) {
            static char body[65536];
            data = words[++at];
            if (*data == '@') {
                FILE *file = data[1] == '-' ? stdin : fopen(data + 1, "rb");
                if (!file)
                    return 26;
                body[fread(body, 1, sizeof body - 1, file)] = 0;
                data = body;
            }
        } else if (!strcmp(word, "-X") && at + 1 < count) {
            method = words[++at];
        } else if (!strcmp(word, "-o") && at + 1 < count) {
            output = fopen(strcmp(words[++at], "/dev/null") ? words[at] : "NUL", "wb");
        } else if (!strcmp(word, "--fail")) {
            fails = 1;
        } else if (*word == '-' && strncmp(word, "--", 2)) {
            fails |= strchr(word, 'f') != 0;
            if (strchr(word, 'o') && at + 1 < count)
                output = fopen(strcmp(words[++at], "/dev/null") ? words[at] : "NUL", "wb");
        } else if (*word != '-') {
            address = word;
        }
    }
    if (!address || !output)
        return 2;
    int ended = ask(address, method ? method : data ? "POST" : "GET", data, output, &status);
    if (ended)
        fprintf(stderr, "curl: (%d) cannot ask %s\n", ended, address);
    return ended ? ended : fails && status >= 400 ? 22 : 0;
}
