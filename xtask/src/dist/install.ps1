# Installs hallpass @VERSION@ for you alone: .\install.ps1 [FOLDER], else into %LOCALAPPDATA%\Programs\hallpass.
# The archive is checked against SHA256SUMS before anything is put there, and the program is put there whole.
param([string]$Folder = (Join-Path $env:LOCALAPPDATA 'Programs\hallpass'))

$ErrorActionPreference = 'Stop'
# The bar that Windows PowerShell draws makes downloads slow.
$ProgressPreference = 'SilentlyContinue'
$address = '@ADDRESS@'
if ($env:HALLPASS_RELEASE_URL) { $address = $env:HALLPASS_RELEASE_URL }

function Stop-Here([string]$What, [string]$Why, [string]$Hint) {
    [Console]::Error.WriteLine("error: $What")
    if ($Why) { [Console]::Error.WriteLine("  caused by: $Why") }
    if ($Hint) { [Console]::Error.WriteLine("hint: $Hint") }
    exit 1
}

# A 32-bit PowerShell has the processor in the second variable.
$processor = $env:PROCESSOR_ARCHITECTURE
if ($env:PROCESSOR_ARCHITEW6432) { $processor = $env:PROCESSOR_ARCHITEW6432 }
# Windows on arm64 runs programs for x86-64.
if ('AMD64', 'ARM64' -notcontains $processor) {
    Stop-Here "there is no program for Windows on $processor" '' 'build it with `cargo install --locked hallpass-cli`'
}
$name = 'hallpass-@VERSION@-x86_64-pc-windows-gnu'

# In the folder itself: a move there is whole, and a folder without permission is found before the download.
$work = Join-Path $Folder ('.hallpass-install-' + [IO.Path]::GetRandomFileName())
try {
    New-Item -ItemType Directory -Force -Path $work | Out-Null
} catch {
    Stop-Here "cannot install into ``$Folder``" $_.Exception.Message 'name another folder: `.\install.ps1 FOLDER`'
}
try {
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor 3072
    foreach ($file in 'SHA256SUMS', "$name.zip") {
        try {
            Invoke-WebRequest -UseBasicParsing -Uri "$address/$file" -OutFile (Join-Path $work $file)
        } catch {
            Stop-Here "cannot download ``$address/$file``" $_.Exception.Message ''
        }
    }
    $archive = Join-Path $work "$name.zip"
    $wanted = ''
    foreach ($line in Get-Content (Join-Path $work 'SHA256SUMS')) {
        if ($line -match '^([0-9a-f]{64})  (.+)$' -and $Matches[2] -eq "$name.zip") { $wanted = $Matches[1] }
    }
    if (-not $wanted) {
        Stop-Here "``$name.zip`` is not in SHA256SUMS" '' 'look for a release with your platform'
    }
    $found = (Get-FileHash -Algorithm SHA256 -Path $archive).Hash.ToLowerInvariant()
    if ($wanted -ne $found) {
        Stop-Here "``$name.zip`` is not the file of the release; nothing is installed" `
            "its checksum is $found, not $wanted" 'download again; if it stays so, report it'
    }
    Expand-Archive -Path $archive -DestinationPath $work
    $program = Join-Path (Join-Path $work $name) 'hallpass.exe'
    & $program --version | Out-Null
    if ($LASTEXITCODE -ne 0) { Stop-Here 'the program does not run here; nothing is installed' '' '' }
    $target = Join-Path $Folder 'hallpass.exe'
    try {
        Move-Item -Force -Path $program -Destination $target
    } catch {
        Stop-Here "cannot replace ``$target``" $_.Exception.Message 'end the programs that use it, then run this again'
    }
    Write-Output "installed: $target"
    Write-Output "next: & '$target' demo"
    if (($env:PATH -split ';') -notcontains $Folder) { Write-Output "note: $Folder is not in PATH" }
} finally {
    Remove-Item -Recurse -Force -Path $work -ErrorAction SilentlyContinue
}
